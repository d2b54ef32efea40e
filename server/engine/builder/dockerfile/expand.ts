import { replacePattern, trimPrefix, trimSuffix } from "./shell-pattern.ts";

/** What `$name` stands for. */
export interface Variables {
  get(name: string): string | undefined;
}

export interface Expansion {
  /** the result with quotes resolved */
  text: string;
  /** the same, split at unquoted white space */
  words: string[];
  /** names that were used without a value and without a default */
  unset: string[];
}

/** A word that cannot be expanded: the caller knows the place. */
export class ExpansionError extends Error {}

/**
 * Resolves quotes, escapes and variables of one word (Dockerfile reference, Environment replacement):
 * `$v ${v} ${v:-w} ${v-w} ${v:+w} ${v+w} ${v:?w} ${v?w} ${v#p} ${v##p} ${v%p} ${v%%p} ${v/p/r} ${v//p/r}`.
 * @throws ExpansionError
 */
export function expand(text: string, variables: Variables, escape = "\\"): Expansion {
  const expander = new Expander(text, variables, escape);
  const result = expander.run();
  return { text: result, words: expander.words.finish(), unset: [...expander.unset] };
}

/** Collects words: literal characters split at white space, quoted ones do not. */
class WordList {
  readonly #words: string[] = [];
  #current = "";
  #open = false;

  /** @param quoted keeps white space inside the word */
  add(text: string, quoted: boolean): void {
    for (const char of text) {
      if (!quoted && /\s/.test(char)) {
        this.#close();
      } else {
        this.#current += char;
        this.#open = true;
      }
    }
    if (quoted) {
      this.#open = true;
    }
  }

  finish(): string[] {
    this.#close();
    return this.#words;
  }

  #close(): void {
    if (this.#open) {
      this.#words.push(this.#current);
    }
    this.#current = "";
    this.#open = false;
  }
}

/** How deep `${a:-${b:-...}}` may nest. */
const maxDepth = 100;

class Expander {
  readonly words = new WordList();
  readonly unset = new Set<string>();
  readonly #text: string;
  readonly #variables: Variables;
  readonly #escape: string;
  #index = 0;
  #depth = 0;

  constructor(text: string, variables: Variables, escape: string) {
    this.#text = text;
    this.#variables = variables;
    this.#escape = escape;
  }

  run(): string {
    return this.#until("", false, true);
  }

  #peek(): string {
    return this.#text.charAt(this.#index);
  }

  #take(): string {
    return this.#text.charAt(this.#index++);
  }

  /** Reads up to the unquoted character `stop` ("" is the end). `raw` keeps escapes, for patterns. */
  #until(stop: string, raw: boolean, top = false): string {
    let result = "";
    const add = (text: string, quoted: boolean): void => {
      result += text;
      if (top) {
        this.words.add(text, quoted);
      }
    };
    while (this.#index < this.#text.length) {
      const char = this.#peek();
      if (char === stop) {
        this.#index++;
        return result;
      }
      if (char === "'") {
        add(this.#singleQuoted(), true);
      } else if (char === '"') {
        add(this.#doubleQuoted(), true);
      } else if (char === "$") {
        add(this.#dollar(), false);
      } else if (char === this.#escape) {
        this.#index++;
        const next = this.#take();
        add(raw ? this.#escape + next : next, true);
      } else {
        add(this.#take(), false);
      }
    }
    if (stop !== "") {
      throw new ExpansionError(`unexpected end of statement while looking for matching ${stop}`);
    }
    return result;
  }

  #singleQuoted(): string {
    const end = this.#text.indexOf("'", this.#index + 1);
    if (end < 0) {
      throw new ExpansionError("unexpected end of statement while looking for matching single-quote");
    }
    const content = this.#text.slice(this.#index + 1, end);
    this.#index = end + 1;
    return content;
  }

  #doubleQuoted(): string {
    this.#index++;
    let result = "";
    while (this.#index < this.#text.length) {
      const char = this.#peek();
      if (char === '"') {
        this.#index++;
        return result;
      }
      if (char === "$") {
        result += this.#dollar();
        continue;
      }
      this.#index++;
      if (char === this.#escape && ['"', "$", this.#escape].includes(this.#peek())) {
        result += this.#take();
      } else {
        result += char;
      }
    }
    throw new ExpansionError("unexpected end of statement while looking for matching double-quote");
  }

  #dollar(): string {
    this.#index++;
    if (this.#peek() === "{") {
      this.#index++;
      this.#depth++;
      if (this.#depth > maxDepth) {
        throw new ExpansionError("variables are nested too deeply");
      }
      const value = this.#braced();
      this.#depth--;
      return value;
    }
    const name = this.#name();
    return name === "" ? "$" : this.#valueOf(name);
  }

  /** After `${`. */
  #braced(): string {
    const name = this.#name();
    if (name === "") {
      throw new ExpansionError("syntax error: bad substitution");
    }
    const char = this.#take();
    switch (char) {
      case "}":
        return this.#valueOf(name);
      case ":": {
        const modifier = this.#take();
        if (!["-", "+", "?"].includes(modifier)) {
          throw new ExpansionError(`unsupported modifier (:${modifier}) in substitution`);
        }
        return this.#modified(name, modifier, true);
      }
      case "-":
      case "+":
      case "?":
        return this.#modified(name, char, false);
      case "#":
      case "%":
        return this.#trimmed(name, char);
      case "/":
        return this.#replaced(name);
      case "":
        throw new ExpansionError("syntax error: missing '}'");
      default:
        throw new ExpansionError(`unsupported modifier (${char}) in substitution`);
    }
  }

  #modified(name: string, modifier: string, emptyIsUnset: boolean): string {
    const word = this.#until("}", false);
    const value = this.#variables.get(name);
    const missing = value === undefined || (emptyIsUnset && value === "");
    if (modifier === "+") {
      return missing ? "" : word;
    }
    if (!missing) {
      return value;
    }
    if (modifier === "-") {
      return word;
    }
    const fallback = `is not allowed to be ${value === undefined ? "unset" : "empty"}`;
    throw new ExpansionError(`${name}: ${word === "" ? fallback : word}`);
  }

  #trimmed(name: string, kind: "#" | "%"): string {
    const greedy = this.#peek() === kind;
    if (greedy) {
      this.#index++;
    }
    const pattern = this.#until("}", true);
    const value = this.#variables.get(name);
    return this.#pattern(() =>
      kind === "#"
        ? trimPrefix(pattern, value ?? "", greedy, this.#escape)
        : trimSuffix(pattern, value ?? "", greedy, this.#escape),
    );
  }

  #replaced(name: string): string {
    const all = this.#peek() === "/";
    if (all) {
      this.#index++;
    }
    const pattern = this.#until("/", true);
    const replacement = this.#until("}", false);
    const value = this.#variables.get(name) ?? "";
    return this.#pattern(() => replacePattern(pattern, value, replacement, { all, escape: this.#escape }));
  }

  #pattern(apply: () => string): string {
    try {
      return apply();
    } catch (error) {
      throw new ExpansionError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  #valueOf(name: string): string {
    const value = this.#variables.get(name);
    if (value === undefined) {
      this.unset.add(name);
    }
    return value ?? "";
  }

  /** A name, a positional number, or one of the special parameters. */
  #name(): string {
    const match = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])/.exec(this.#text.slice(this.#index));
    const name = match?.[0] ?? "";
    this.#index += name.length;
    return name;
  }
}
