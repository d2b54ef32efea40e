const short: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

/** Text as Go's %q prints it, and so histories have it: what cannot be seen is `\x00`, `\u00a0` or `\U000e0001`. */
export function quoted(text: string): string {
  return between('"', text);
}

/** A number as Go's %q prints it: the character of that number. */
export function quotedRune(code: number): string {
  return between("'", String.fromCodePoint(code > 0x10_ff_ff || (code >= 0xd8_00 && code < 0xe0_00) ? 0xff_fd : code));
}

function between(quote: string, text: string): string {
  const inner = text.replaceAll(/["'\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (char) => {
    if (char === '"' || char === "'") return char === quote ? `\\${char}` : char;
    return short[char] ?? escaped(char);
  });
  return quote + inner + quote;
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = (digits: number): string => code.toString(16).padStart(digits, "0");
  if (code < 0x80) return `\\x${hex(2)}`;
  return code > 0xff_ff ? `\\U${hex(8)}` : `\\u${hex(4)}`;
}
