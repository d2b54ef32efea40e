import { literal } from "../glob.ts";
import { type Token, Wildcard } from "../wildcard.ts";

/**
 * UTF-16 units that a word may have when its variables are replaced: variables that hold others twice grow without end,
 * and no program can be handed an argument or a variable of more bytes (execve(2), MAX_ARG_STRLEN).
 */
export const longestExpansion = 131_072;
const tooLong = `it would be longer than ${longestExpansion} characters`;

/** How much work one substitution may be: characters compared. */
const workLimit = 50_000_000;

/** `*` and `?` cross slashes here, but no line ends. */
const inLine = { matches: (char: string): boolean => char !== "\n", source: String.raw`[^\n]` };

/**
 * A pattern of `${v#p}` and its like: `*`, `?`, and `\` before `* ? \ } /`. The escape is always the backslash, whatever
 * the directive says.
 * @throws Error for a backslash before anything else
 */
function parse(pattern: string): Token[] {
  const tokens: Token[] = [];
  const chars = Array.from(pattern);
  for (let index = 0; index < chars.length; index++) {
    const char = chars[index] ?? "";
    if (char === "*") {
      tokens.push({ kind: "many", ...inLine });
    } else if (char === "?") {
      tokens.push({ kind: "one", ...inLine });
    } else if (char === "\\") {
      index++;
      const escaped = chars[index] ?? "";
      if (!["*", "?", "\\", "}", "/"].includes(escaped)) {
        throw new Error(`invalid pattern (${pattern}) in substitution: invalid escape '\\${escaped}'`);
      }
      tokens.push(literal(escaped));
    } else {
      tokens.push(literal(char));
    }
  }
  return tokens;
}

/** `${value#pattern}`, `${value##pattern}` (greedy). @throws Error for an invalid pattern */
export function trimPrefix(pattern: string, value: string, greedy: boolean): string {
  const length = new Wildcard(parse(pattern)).prefix(value, greedy);
  return value.slice(length ?? 0);
}

/** `${value%pattern}`, `${value%%pattern}` (greedy). @throws Error for an invalid pattern */
export function trimSuffix(pattern: string, value: string, greedy: boolean): string {
  const backwards = Array.from(value).toReversed().join("");
  const length = new Wildcard(parse(pattern).toReversed()).prefix(backwards, greedy);
  return value.slice(0, value.length - (length ?? 0));
}

/**
 * `${value/pattern/replacement}`, `${value//pattern/replacement}` (all): the leftmost, longest match. An empty pattern
 * matches before every character and at the end.
 * @throws Error for an invalid pattern, or when pattern and value are too long for each other
 */
export function replacePattern(pattern: string, value: string, replacement: string, all: boolean): string {
  const tokens = parse(pattern);
  const wildcard = new Wildcard(tokens);
  if (value.length ** 2 * tokens.length > workLimit && tokens.some((token) => token.kind === "many")) {
    throw new Error("the value is too long for a pattern with *");
  }
  let result = "";
  let at = 0;
  let lastEnd = -1;
  while (at <= value.length) {
    const length = wildcard.prefix(value, true, at);
    // an empty match that touches the match before it is none
    if (length !== undefined && (length > 0 || at !== lastEnd)) {
      result += replacement;
      if (result.length > longestExpansion) throw new Error(tooLong);
      at += length;
      lastEnd = at;
      if (!all) {
        break;
      }
    }
    if (length === undefined || length === 0) {
      const char = at < value.length ? String.fromCodePoint(value.codePointAt(at) ?? 0) : "";
      result += char;
      at += Math.max(1, char.length);
    }
  }
  return result + value.slice(at);
}
