/** Turns a shell pattern (`*`, `?`, escapes) into the source of a regular expression, greedy or not. */
function patternSource(pattern: string, greedy: boolean, escape: string): string {
  let source = "";
  for (let index = 0; index < pattern.length; index++) {
    const char = pattern.charAt(index);
    if (char === "*") {
      source += greedy ? "[^]*" : "[^]*?";
    } else if (char === "?") {
      source += "[^]";
    } else if (char === escape) {
      index++;
      source += quoteRegExp(pattern.charAt(index));
    } else {
      source += quoteRegExp(char);
    }
  }
  return source;
}

function quoteRegExp(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/-]/, String.raw`\$&`);
}

/** Values longer than this are not matched: a hostile pattern would take its time. */
const maxPatternWildcards = 16;

function checked(pattern: string): string {
  if ((pattern.match(/\*/g)?.length ?? 0) > maxPatternWildcards) {
    throw new Error(`pattern has more than ${maxPatternWildcards} wildcards`);
  }
  return pattern;
}

/** `${value#pattern}`, `${value##pattern}` (greedy). */
export function trimPrefix(pattern: string, value: string, greedy: boolean, escape: string): string {
  return value.replace(new RegExp(`^${patternSource(checked(pattern), greedy, escape)}`), "");
}

/** `${value%pattern}`, `${value%%pattern}` (greedy). */
export function trimSuffix(pattern: string, value: string, greedy: boolean, escape: string): string {
  const expression = new RegExp(`^${patternSource(checked(pattern), true, escape)}$`);
  // the shortest (or longest) tail that matches the pattern as a whole
  for (let step = 0; step <= value.length; step++) {
    const start = greedy ? step : value.length - step;
    if (expression.test(value.slice(start))) {
      return value.slice(0, start);
    }
  }
  return value;
}

/** `${value/pattern/replacement}`, `${value//pattern/replacement}` (all). Matches are greedy, as in bash. */
export function replacePattern(
  pattern: string,
  value: string,
  replacement: string,
  options: { all: boolean; escape: string },
): string {
  const source = patternSource(checked(pattern), true, options.escape);
  return value.replace(new RegExp(source, options.all ? "g" : ""), () => replacement);
}
