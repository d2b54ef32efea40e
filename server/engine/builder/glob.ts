/**
 * Translates a pattern as Go's filepath.Match has it (`*`, `?`, `[a-z]`, `[^a]`, `\` escapes; none crosses a `/`) to the
 * source of a regular expression.
 * @param options.doubleStar `**` matches any number of directories (.dockerignore)
 * @throws Error for a bracket that is not closed or an escape at the end
 */
export function globSource(pattern: string, options: { doubleStar: boolean }): string {
  let source = "";
  for (let index = 0; index < pattern.length; index++) {
    const char = pattern.charAt(index);
    if (options.doubleStar && pattern.startsWith("**", index)) {
      while (pattern.charAt(index + 1) === "*") {
        index++;
      }
      if (pattern.charAt(index + 1) === "/") {
        index++;
        source += "(?:.*/)?";
      } else {
        source += ".*";
      }
    } else if (char === "*") {
      // neighbours say no more than one, and would only slow matching down
      if (pattern.charAt(index - 1) !== "*") {
        source += "[^/]*";
      }
    } else if (char === "?") {
      source += "[^/]";
    } else if (char === "[") {
      const bracket = readBracket(pattern, index);
      source += bracket.source;
      index = bracket.end;
    } else if (char === "\\") {
      index++;
      if (index >= pattern.length) {
        throw new Error(`${pattern}: nothing after the last \\`);
      }
      source += literal(pattern.charAt(index));
    } else {
      source += literal(char);
    }
  }
  return source;
}

function literal(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/-]/, String.raw`\$&`);
}

/** One `[...]` class that begins at `start`; `end` is the index of its `]`. */
function readBracket(pattern: string, start: number): { source: string; end: number } {
  let index = start + 1;
  const negated = pattern.charAt(index) === "^";
  if (negated) {
    index++;
  }
  let body = "";
  while (index < pattern.length && (pattern.charAt(index) !== "]" || body === "")) {
    const char = pattern.charAt(index);
    if (char === "\\") {
      index++;
      body += literal(pattern.charAt(index));
    } else {
      body += char === "-" && body !== "" && pattern.charAt(index + 1) !== "]" ? "-" : literal(char);
    }
    index++;
  }
  if (index >= pattern.length) {
    throw new Error(`${pattern}: [ without ]`);
  }
  return { source: `(?!/)[${negated ? "^" : ""}${body}]`, end: index };
}

/** Whether a path has characters that make it a pattern for COPY. */
export function hasWildcards(path: string): boolean {
  return /[*?[\\]/.test(path);
}

/** Go's filepath.Match on one name. @throws Error for an invalid pattern */
export function matcher(pattern: string): (name: string) => boolean {
  const expression = new RegExp(`^${globSource(pattern, { doubleStar: false })}$`, "s");
  return (name) => expression.test(name);
}
