import { withoutEnd } from "../without-end.ts";

/** What Go's unicode.IsSpace takes for white space; JavaScript's `\s` differs in U+0085 and U+FEFF. */
const unicodeSpaces =
  "\t\n\v\f\r \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000";

const leading = new RegExp(`^[${unicodeSpaces}]+`);

export function isSpace(char: string): boolean {
  return char.length === 1 && unicodeSpaces.includes(char);
}

export function trimStart(text: string): string {
  return text.replace(leading, "");
}

export function trimEnd(text: string): string {
  return withoutEnd(text, unicodeSpaces);
}
