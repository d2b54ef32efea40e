import { type Token, Wildcard } from "./wildcard.ts";

const notSlash = { matches: (char: string): boolean => char !== "/", source: "[^/]" };
/** Any character. */
export const anything = { matches: (): boolean => true, source: "[^]" };

/**
 * A pattern as Go's filepath.Match has it: `*`, `?`, `[a-z]`, `[^a]`, `\` escapes; `*` and `?` cross no `/`.
 * @param options.doubleStar `**` matches any number of directories (.dockerignore; moby/patternmatcher)
 * @throws Error for a bracket that is not closed or an escape at the end
 */
export function parseGlob(pattern: string, options: { doubleStar: boolean }): Wildcard {
  const tokens: Token[] = [];
  const chars = Array.from(pattern);
  for (let index = 0; index < chars.length; index++) {
    const char = chars[index] ?? "";
    if (options.doubleStar && char === "*" && chars[index + 1] === "*") {
      index += chars[index + 2] === "/" ? 2 : 1;
      const rest = chars.slice(index + 1);
      // BuildKit's rule: at the end, or before a plain ending at the start, any text; else whole directories
      const ending = tokens.length === 0 && chars[index] === "*" && !rest.some((other) => "*?[]\\".includes(other));
      tokens.push(rest.length === 0 || ending ? { kind: "many", ...anything } : { kind: "dirs" });
    } else if (char === "*") {
      tokens.push({ kind: "many", ...notSlash });
    } else if (char === "?") {
      tokens.push({ kind: "one", ...notSlash });
    } else if (char === "[") {
      const bracket = readBracket(chars, index);
      tokens.push({ kind: "one", matches: bracket.matches, source: bracket.source });
      index = bracket.end;
    } else if (char === "\\") {
      index++;
      const escaped = chars[index];
      if (escaped === undefined) {
        throw new Error(`${pattern}: nothing after the last \\`);
      }
      tokens.push(literal(escaped));
    } else {
      tokens.push(literal(char));
    }
  }
  return new Wildcard(tokens);
}

/** @param expected one code point */
export function literal(expected: string): Token {
  return { kind: "one", matches: (char) => char === expected, source: quoted(expected) };
}

/** One code point as part of a regular expression. */
function quoted(char: string): string {
  return /^[A-Za-z0-9_]$/.test(char) ? char : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

/** One `[...]` class that begins at `start`; `end` is the index of its `]`. */
function readBracket(
  pattern: readonly string[],
  start: number,
): { matches: (char: string) => boolean; source: string; end: number } {
  let index = start + 1;
  const negated = pattern[index] === "^";
  if (negated) {
    index++;
  }
  const ranges: [string, string][] = [];
  // as with Go, - and ] stand for themselves only behind a \
  const readChar = (): string => {
    if (pattern[index] === "-" || pattern[index] === "]") {
      throw new Error(`${pattern.join("")}: write \\${pattern[index] ?? ""} in brackets`);
    }
    if (pattern[index] === "\\") {
      index++;
    }
    return pattern[index++] ?? "";
  };
  while (index < pattern.length && (pattern[index] !== "]" || ranges.length === 0)) {
    const low = readChar();
    if (pattern[index] === "-") {
      index++;
      const high = readChar();
      if (low > high) {
        throw new Error(`${pattern.join("")}: the range ${low}-${high} is empty`);
      }
      ranges.push([low, high]);
    } else {
      ranges.push([low, low]);
    }
  }
  if (index >= pattern.length) {
    throw new Error(`${pattern.join("")}: [ without ]`);
  }
  const within = (char: string): boolean => ranges.some(([low, high]) => low <= char && char <= high);
  const source = ranges.map(([low, high]) => `${quoted(low)}-${quoted(high)}`).join("");
  return {
    matches: (char) => within(char) !== negated,
    source: `[${negated ? "^" : ""}${source}]`,
    end: index,
  };
}

/** Whether a path has characters that make it a pattern for COPY. */
export function hasWildcards(path: string): boolean {
  return /[*?[\\]/.test(path);
}

/** A pattern for that path alone. */
export function literally(path: string): string {
  return path.replaceAll(/[*?[\\]/g, String.raw`\$&`);
}

/** Go's filepath.Match on one name. @throws Error for an invalid pattern */
export function matcher(pattern: string): (name: string) => boolean {
  const parsed = parseGlob(pattern, { doubleStar: false });
  return (name) => parsed.matches(name);
}
