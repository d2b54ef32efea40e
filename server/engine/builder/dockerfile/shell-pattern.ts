import { anything, literal } from "../glob.ts";
import { type Token, Wildcard } from "../wildcard.ts";

/** How much work one substitution may be: characters compared. */
const workLimit = 50_000_000;

/** A shell pattern: `*`, `?`, escapes. Here both cross slashes. */
function parse(pattern: string, escape: string): Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < pattern.length; index++) {
    const char = pattern.charAt(index);
    if (char === "*") {
      tokens.push({ kind: "many", ...anything });
    } else if (char === "?") {
      tokens.push({ kind: "one", ...anything });
    } else if (char === escape && index + 1 < pattern.length) {
      index++;
      tokens.push(literal(pattern.charAt(index)));
    } else {
      tokens.push(literal(char));
    }
  }
  return tokens;
}

/** `${value#pattern}`, `${value##pattern}` (greedy). */
export function trimPrefix(pattern: string, value: string, greedy: boolean, escape: string): string {
  const length = new Wildcard(parse(pattern, escape)).prefix(value, greedy);
  return value.slice(length ?? 0);
}

/** `${value%pattern}`, `${value%%pattern}` (greedy). */
export function trimSuffix(pattern: string, value: string, greedy: boolean, escape: string): string {
  const backwards = value.split("").toReversed().join("");
  const length = new Wildcard(parse(pattern, escape).toReversed()).prefix(backwards, greedy);
  return value.slice(0, value.length - (length ?? 0));
}

/**
 * `${value/pattern/replacement}`, `${value//pattern/replacement}` (all). The first, longest match, as in bash.
 * @throws Error when pattern and value are too long for each other
 */
export function replacePattern(
  pattern: string,
  value: string,
  replacement: string,
  options: { all: boolean; escape: string },
): string {
  const tokens = parse(pattern, options.escape);
  const wildcard = new Wildcard(tokens);
  if (tokens.length === 0) {
    return value;
  }
  if (value.length ** 2 * tokens.length > workLimit && tokens.some((token) => token.kind === "many")) {
    throw new Error("the value is too long for a pattern with *");
  }
  let result = "";
  let at = 0;
  while (at < value.length) {
    const length = wildcard.prefix(value, true, at) ?? 0;
    if (length === 0) {
      result += value.charAt(at);
      at++;
      continue;
    }
    result += replacement;
    at += length;
    if (!options.all) {
      break;
    }
  }
  return result + value.slice(at);
}
