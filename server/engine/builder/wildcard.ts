/** A part of a pattern. `dirs` is nothing, or anything that ends with a `/` (the `**` and slash of .dockerignore). */
export type Token =
  | {
      kind: "one" | "many";
      matches: (char: string) => boolean;
      /** of a regular expression, for one character */ source: string;
    }
  | { kind: "dirs" };

/** With so few parts of any length a regular expression cannot take long either, and is faster. */
const fewParts = 2;

/**
 * Matches patterns in time proportional to their length times the text's, whatever they are: they come from strangers,
 * and the backtracking of regular expressions could be made to take for ever. All possible states are followed at once.
 * A character is a Unicode code point.
 */
export class Wildcard {
  readonly #tokens: readonly Token[];
  readonly #expression: RegExp | undefined;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    if (tokens.filter((token) => token.kind !== "one").length <= fewParts) {
      const source = tokens.map((token) => {
        if (token.kind === "dirs") {
          return "(?:[^]*/)?";
        }
        return token.kind === "one" ? token.source : `${token.source}*`;
      });
      this.#expression = new RegExp(`^${source.join("")}$`, "u");
    }
  }

  /** Whether the whole text matches. */
  matches(text: string): boolean {
    if (this.#expression !== undefined) {
      return this.#expression.test(text);
    }
    let states = this.#start();
    for (const char of text) {
      if (states.size === 0) {
        return false;
      }
      states = this.#step(states, char);
    }
    return states.has(this.#tokens.length);
  }

  /** Length of the shortest or longest beginning of `text` (from `start`) that matches; undefined if none does. */
  prefix(text: string, longest: boolean, start = 0): number | undefined {
    let states = this.#start();
    let found = states.has(this.#tokens.length) ? 0 : undefined;
    for (let index = start; index < text.length && states.size > 0;) {
      if (found !== undefined && !longest) {
        return found;
      }
      const char = String.fromCodePoint(text.codePointAt(index) ?? 0);
      states = this.#step(states, char);
      index += char.length;
      if (states.has(this.#tokens.length)) {
        found = index - start;
      }
    }
    return found;
  }

  /** States: n is before token n; -1 - n is within the `dirs` token n. */
  #start(): Set<number> {
    const states = new Set<number>();
    this.#enter(states, 0);
    return states;
  }

  #enter(states: Set<number>, state: number): void {
    let at = state;
    while (!states.has(at)) {
      states.add(at);
      const token = this.#tokens[at];
      if (token === undefined || token.kind === "one") {
        return;
      }
      if (token.kind === "dirs") {
        states.add(-1 - at);
      }
      at++;
    }
  }

  #step(states: ReadonlySet<number>, char: string): Set<number> {
    const next = new Set<number>();
    for (const state of states) {
      if (state < 0) {
        next.add(state);
        if (char === "/") {
          this.#enter(next, -state);
        }
        continue;
      }
      const token = this.#tokens[state];
      if (token === undefined || token.kind === "dirs" || !token.matches(char)) {
        continue;
      }
      this.#enter(next, token.kind === "one" ? state + 1 : state);
    }
    return next;
  }
}
