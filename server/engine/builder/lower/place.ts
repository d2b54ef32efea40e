import type { SourceRange } from "../../../contract/build-events.ts";
import { isEngineError, messageOf } from "../../errdefs/errors.ts";
import { BuildError, type BuildErrorOptions } from "../build-error.ts";
import { mistake } from "../mistake.ts";
import type { Warning } from "../dockerfile/ast.ts";
import { expand, type ExpandOptions, type Expansion, ExpansionError, type Variables } from "../dockerfile/expand.ts";
import type { SourceFile } from "../dockerfile/source.ts";
import { closest } from "../../../contract/suggest.ts";

/** What to do about a word that cannot be expanded, by what is wrong with it. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/missing '/, "a ${ begins a variable and ends with }; write \\$ for a dollar sign"],
  [/bad substitution/, "name a variable: ${NAME}; write \\$ for a dollar sign"],
  [/-quote$/, "close the quote, or write a backslash before it if it is text"],
  [/unsupported modifier/, "there are ${v:-w} ${v:+w} ${v:?w} ${v#p} ${v##p} ${v%p} ${v%%p} ${v/p/r} ${v//p/r}"],
  [/invalid escape/, "in a pattern a backslash goes before * ? / } or another backslash"],
  [/longer than|too long/, "variables that contain one another grow fast: shorten them"],
  [/: /, "give it a value with ARG or ENV above, or with --build-arg"],
];

/** Where in the Dockerfile something is being lowered: expands words there and reports what is wrong with them. */
export class Place {
  readonly range: SourceRange;
  readonly #source: SourceFile;
  readonly #escape: string;
  readonly #warn: (warning: Warning) => void;
  /** what is lowered here is written elsewhere: ranges of its parts mean nothing */
  #whole = false;

  constructor(source: SourceFile, range: SourceRange, escape: string, warn: (warning: Warning) => void) {
    this.#source = source;
    this.range = range;
    this.#escape = escape;
    this.#warn = warn;
  }

  fail(message: string, options: BuildErrorOptions = {}): BuildError {
    return new BuildError(message, { source: this.#source, range: this.range }, options);
  }

  /** Gives an error of anything below its place. Errors with a place of their own, and cancellation, stay. */
  locate(error: unknown, hint?: string): unknown {
    if (error instanceof BuildError || isEngineError(error, "cancelled")) {
      return error;
    }
    return this.fail(messageOf(error), { cause: error, hint });
  }

  warn(rule: string, message: string, fix?: Warning["fix"]): void {
    this.#warn({ rule, message, range: this.range, ...(fix === undefined ? {} : { fix }) });
  }

  /** Where this stands in it as words, if it stands there just once: variables may have made it. */
  find(text: string): SourceRange | undefined {
    const { startLine, endLine } = this.range;
    const found: SourceRange[] = [];
    for (let line = startLine; line <= endLine; line++) {
      const written = this.#source.lines[line - 1] ?? "";
      for (let at = written.indexOf(text); at >= 0; at = written.indexOf(text, at + 1)) {
        const end = at + text.length;
        if (
          /(?:^|\s)$/.test(written.slice(0, at)) &&
          /^(?:\s|$)/.test(written.slice(end - (text.endsWith(" ") ? 1 : 0)))
        ) {
          found.push({ startLine: line, startColumn: at + 1, endLine: line, endColumn: end + 1 });
        }
      }
    }
    return found.length === 1 ? found[0] : undefined;
  }

  /** Writes `replacement` in place of a text of it, where that can be told apart. */
  rewrite(text: string, replacement: string): Warning["fix"] {
    const range = this.find(text);
    const title = replacement === "" ? `Leave out ${text.trim()}` : `Write ${replacement}`;
    return range === undefined ? undefined : { title, edits: [{ range, text: replacement }] };
  }

  /** For a trigger of the base: it is this FROM that it comes with. */
  ofTrigger(): Place {
    const place = this.within(this.range);
    place.#whole = true;
    return place;
  }

  /** A part of it. */
  within(range: SourceRange): Place {
    if (this.#whole) {
      return this;
    }
    return new Place(this.#source, range, this.#escape, this.#warn);
  }

  /** Warns of variables that nothing declares. @throws BuildError */
  expand(text: string, variables: Scope): string {
    return this.#expansion(text, variables).text;
  }

  /** All words, where one may become several. @throws BuildError */
  expandWords(text: string, variables: Scope): string[] {
    return this.#expansion(text, variables).words;
  }

  /** A here-document's content: quotes are text, and the escape is always the backslash. @throws BuildError */
  expandDocument(text: string, variables: Scope): string {
    return this.#expansion(text, variables, { quotesAreText: true }).text;
  }

  /** Without a warning; itself where it cannot be expanded. */
  expandedOr(text: string, variables: Variables): string {
    try {
      return expand(text, variables, { escape: this.#escape }).text;
    } catch (error) {
      if (error instanceof ExpansionError) return text;
      throw error;
    }
  }

  /** Without a warning. @throws BuildError */
  resolve(text: string, variables: Variables, options: ExpandOptions = { escape: this.#escape }): Expansion {
    try {
      return expand(text, variables, options);
    } catch (error) {
      if (error instanceof ExpansionError) {
        throw this.fail(`failed to process ${JSON.stringify(text)}: ${error.message}`, {
          cause: error,
          detail:
            error.modifier === undefined
              ? undefined
              : mistake({ kind: "modifier", word: text, modifier: error.modifier }).detail,
          hint: hints.find(([pattern]) => pattern.test(error.message))?.[1],
        });
      }
      throw error;
    }
  }

  #expansion(text: string, variables: Scope, options?: ExpandOptions): Expansion {
    const result = this.resolve(text, variables, options);
    for (const name of result.unset) {
      if (!variables.declares(name)) {
        const match = closest(name, variables.names());
        const suggestion = match === undefined ? "" : ` (did you mean $${match}?)`;
        this.warn("UndefinedVar", `Usage of undefined variable '$${name}'${suggestion}`);
      }
    }
    return result;
  }
}

/** Variables that may be declared without a value. */
export interface Scope extends Variables {
  names(): string[];
  declares(name: string): boolean;
}
