/** What Go's unicode.IsSpace takes for white space; JavaScript's `\s` differs in U+0085 and U+FEFF. */
const unicodeSpaces = String.raw`\t\n\v\f\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000`;

const one = new RegExp(`^[${unicodeSpaces}]$`, "u");
const leading = new RegExp(`^[${unicodeSpaces}]+`, "u");
const trailing = new RegExp(`[${unicodeSpaces}]+$`, "u");

export function isSpace(char: string): boolean {
  return one.test(char);
}

export function trimStart(text: string): string {
  return text.replace(leading, "");
}

export function trimEnd(text: string): string {
  return text.replace(trailing, "");
}
