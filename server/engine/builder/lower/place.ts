import type { SourceRange } from "../../../contract/build-events.ts";
import { isEngineError, messageOf } from "../../errdefs/errors.ts";
import { BuildError, type BuildErrorOptions } from "../build-error.ts";
import type { Warning } from "../dockerfile/ast.ts";
import { expand, type Expansion, ExpansionError, type Variables } from "../dockerfile/expand.ts";
import type { SourceFile } from "../dockerfile/source.ts";
import { didYouMean } from "../dockerfile/suggest.ts";

/** Where in the Dockerfile something is being lowered: expands words there and reports what is wrong with them. */
export class Place {
  readonly range: SourceRange;
  readonly #source: SourceFile;
  readonly #escape: string;
  readonly #warn: (warning: Warning) => void;

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

  warn(rule: string, message: string): void {
    this.#warn({ rule, message, range: this.range });
  }

  /** @throws BuildError */
  expand(text: string, variables: Variables & { names(): string[] }): string {
    return this.expansion(text, variables).text;
  }

  /** All words, where one may become several. @throws BuildError */
  expandWords(text: string, variables: Variables & { names(): string[] }): string[] {
    return this.expansion(text, variables).words;
  }

  expansion(text: string, variables: Variables & { names(): string[] }): Expansion {
    try {
      const result = expand(text, variables, this.#escape);
      for (const name of result.unset) {
        this.warn("UndefinedVar", `Usage of undefined variable '$${name}'${didYouMean(name, variables.names())}`);
      }
      return result;
    } catch (error) {
      if (error instanceof ExpansionError) {
        throw this.fail(`failed to process "${text}": ${error.message}`, { cause: error });
      }
      throw error;
    }
  }
}
