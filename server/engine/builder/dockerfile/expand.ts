import { longestExpansion, replacePattern, trimPrefix, trimSuffix } from "./shell-pattern.ts";
import { WordList } from "./word-list.ts";

/** What `$name` stands for. */
export interface Variables {
  get(name: string): string | undefined;
}

export interface Expansion {
  /** the result with quotes resolved */
  text: string;
  /** the same, split at unquoted white space */
  words: string[];
  /** names that were asked for and have a value */
  used: string[];
  /** names that were asked for and have none, even where a default stood in */
  unset: string[];
}

/** How a text is read, where it is not the usual word. */
export interface ExpandOptions {
  /** default `\` */
  escape?: string;
  /** quotes are text: the content of a here-document */
  quotesAreText?: boolean;
  /** quotes stay in the result */
  keepQuotes?: boolean;
  /** escapes stay in the result */
  keepEscapes?: boolean;
  /** a variable without a value stays as written */
  keepUnset?: boolean;
}

/** A word that cannot be expanded: the caller knows the place. */
export class ExpansionError extends Error {
  /** what stands behind `${name:` and is none */
  readonly modifier: string | undefined;

  constructor(message: string, options: { cause?: unknown; modifier?: string } = {}) {
    super(message, options);
    this.modifier = options.modifier;
  }
}

/**
 * Resolves quotes, escapes and variables of one word (Dockerfile reference, Environment replacement):
 * `$v ${v} ${v:-w} ${v-w} ${v:+w} ${v+w} ${v:?w} ${v?w} ${v#p} ${v##p} ${v%p} ${v%%p} ${v/p/r} ${v//p/r}`.
 * @throws ExpansionError
 */
export function expand(text: string, variables: Variables, escape: string | ExpandOptions = "\\"): Expansion {
  const options = typeof escape === "string" ? { escape } : escape;
  const expander = new Expander(text, variables, options);
  const result = expander.run();
  return {
    text: result,
    words: expander.words.finish(),
    used: [...expander.used],
    unset: [...expander.unset],
  };
}

function unclosed(stop: string): ExpansionError {
  return new ExpansionError(`syntax error: missing '${stop}'${stop === "/" ? " in ${}" : ""}`);
}

/** How deep `${a:-${b:-...}}` may nest. */
const maxDepth = 100;

/** A name: letters, digits and `_`; only digits if it begins with one; or one special parameter. */
const namePattern = /(?:\p{Nd}+|[@*#?$!-]|[\p{L}_][\p{L}\p{Nd}_]*)/uy;

class Expander {
  readonly words = new WordList();
  readonly used = new Set<string>();
  readonly unset = new Set<string>();
  readonly #text: string;
  readonly #variables: Variables;
  readonly #options: ExpandOptions;
  readonly #escape: string;
  #index = 0;
  /** of all values put in */
  #length = 0;
  #depth = 0;
  #inserted = 0;

  constructor(text: string, variables: Variables, options: ExpandOptions) {
    this.#text = text;
    this.#variables = variables;
    this.#options = options;
    this.#escape = options.escape ?? "\\";
  }

  run(): string {
    return this.#until("", this.#options.keepEscapes === true, true);
  }

  #peek(): string {
    return this.#text.charAt(this.#index);
  }

  #take(): string {
    return this.#text.charAt(this.#index++);
  }

  #takeIf(char: string): boolean {
    const found = this.#index < this.#text.length && this.#peek() === char;
    if (found) {
      this.#index++;
    }
    return found;
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
      if (char === "$") {
        add(this.#dollar(), false);
      } else if (char === "<") {
        add(this.#lessThan(), true);
      } else if ((char === "'" || char === '"') && this.#options.quotesAreText !== true) {
        add(char === "'" ? this.#singleQuoted() : this.#doubleQuoted(raw), true);
      } else if (char === this.#escape) {
        this.#index++;
        const next = this.#take();
        add(raw ? this.#escape + next : next, true);
      } else {
        add(this.#take(), false);
      }
    }
    if (stop !== "") {
      throw unclosed(stop);
    }
    return result;
  }

  /** A part of `${...}`: when the text ends in it, that is what is wrong, whatever else it holds (as BuildKit has it). */
  #within(stop: "}" | "/", raw: boolean): string {
    try {
      return this.#until(stop, raw);
    } catch (error) {
      if (error instanceof ExpansionError && this.#index >= this.#text.length) {
        throw unclosed(stop);
      }
      throw error;
    }
  }

  /** `<<` takes the white space behind it along: that of a here-document's opening separates no words. */
  #lessThan(): string {
    const match = /<(?:<[\t\r ]*)?/y;
    match.lastIndex = this.#index;
    const found = match.exec(this.#text)?.[0] ?? "<";
    this.#index += found.length;
    return found;
  }

  #singleQuoted(): string {
    const end = this.#text.indexOf("'", this.#index + 1);
    if (end < 0) {
      this.#index = this.#text.length;
      throw new ExpansionError("unexpected end of statement while looking for matching single-quote");
    }
    const content = this.#text.slice(this.#index + 1, end);
    this.#index = end + 1;
    return this.#options.keepQuotes === true ? `'${content}'` : content;
  }

  #doubleQuoted(raw: boolean): string {
    this.#index++;
    const quote = this.#options.keepQuotes === true ? '"' : "";
    let result = quote;
    while (this.#index < this.#text.length) {
      const char = this.#peek();
      if (char === '"') {
        this.#index++;
        return result + quote;
      }
      if (char === "$") {
        result += this.#dollar();
        continue;
      }
      this.#index++;
      if (char === this.#escape && ['"', "$", this.#escape].includes(this.#peek())) {
        result += (raw ? char : "") + this.#take();
      } else {
        result += char;
      }
    }
    throw new ExpansionError("unexpected end of statement while looking for matching double-quote");
  }

  #dollar(): string {
    const value = this.#variable();
    this.#inserted += value.length;
    if (this.#inserted > longestExpansion) {
      throw new ExpansionError(`the variables in it are longer than ${longestExpansion} characters together`);
    }
    return value;
  }

  #variable(): string {
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
    return name === "" ? "$" : (this.#valueOf(name) ?? this.#kept(`$${name}`));
  }

  /** After `${`. */
  #braced(): string {
    if (this.#index >= this.#text.length) {
      throw new ExpansionError("syntax error: missing '}'");
    }
    if (["{", "}", ":"].includes(this.#peek())) {
      throw new ExpansionError("syntax error: bad substitution");
    }
    const name = this.#name();
    const char = this.#take();
    switch (char) {
      case "}":
        return this.#valueOf(name) ?? this.#kept(`\${${name}}`);
      case ":":
        return this.#modified(name, this.#take(), true);
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
    const word = this.#within("}", false);
    if (!["-", "+", "?"].includes(modifier)) {
      const written = `${emptyIsUnset ? ":" : ""}${modifier}`;
      throw new ExpansionError(`unsupported modifier (${written}) in substitution`, { modifier });
    }
    const value = this.#valueOf(name);
    if (value === undefined && this.#options.keepUnset === true) {
      return `\${${name}${emptyIsUnset ? ":" : ""}${modifier}${word}}`;
    }
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
    const word = this.#within("}", true);
    const value = this.#valueOf(name);
    if (value === undefined && this.#options.keepUnset === true) {
      return `\${${name}${kind}${word}}`;
    }
    // decided after expansion, as in BuildKit: `${v#$p}` is greedy too when p begins with #
    const greedy = word.startsWith(kind);
    const pattern = greedy ? word.slice(1) : word;
    const trim = kind === "#" ? trimPrefix : trimSuffix;
    return this.#pattern(() => trim(pattern, value ?? "", greedy));
  }

  #replaced(name: string): string {
    const all = this.#takeIf("/");
    const pattern = this.#within("/", true);
    const replacement = this.#within("}", true);
    const value = this.#valueOf(name);
    if (value === undefined && this.#options.keepUnset === true) {
      return `\${${name}/${pattern}/${replacement}}`;
    }
    return this.#pattern(() => replacePattern(pattern, value ?? "", replacement, all));
  }

  #pattern(apply: () => string): string {
    try {
      return apply();
    } catch (error) {
      throw new ExpansionError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  #valueOf(name: string): string | undefined {
    const value = this.#variables.get(name);
    (value === undefined ? this.unset : this.used).add(name);
    this.#length += value?.length ?? 0;
    if (this.#length > longestExpansion) {
      throw new ExpansionError(
        `with the value of ${name} this would be longer than ${longestExpansion} characters: no program can be given that`,
      );
    }
    return value;
  }

  #kept(asWritten: string): string {
    return this.#options.keepUnset === true ? asWritten : "";
  }

  #name(): string {
    namePattern.lastIndex = this.#index;
    const name = namePattern.exec(this.#text)?.[0] ?? "";
    this.#index += name.length;
    return name;
  }
}
