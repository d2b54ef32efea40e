import type { BuildFailure, RunTrouble, SourceRange } from "../../contract/build-events.ts";
import { type ErrorOptions, InvalidArgument } from "../errdefs/errors.ts";
import { mistake } from "./mistake.ts";
import { excerptOf, type SourceFile } from "./dockerfile/source.ts";

export interface BuildErrorOptions extends ErrorOptions {
  /** one sentence: what to do about it */
  hint?: string | undefined;
  /** the hint without what the step has written itself */
  advice?: string | undefined;
  /** what the advice is about */
  trouble?: RunTrouble | undefined;
  /** of a failing RUN */
  exitCode?: number;
}

/** Anything wrong with a Dockerfile or one of its steps: says where, shows the lines, and helps. */
export class BuildError extends InvalidArgument {
  readonly range: SourceRange | undefined;
  readonly excerpt: string;
  readonly hint: string | undefined;
  readonly advice: string | undefined;
  readonly trouble: RunTrouble | undefined;
  readonly exitCode: number | undefined;

  constructor(
    message: string,
    place: { source: SourceFile; range: SourceRange } | undefined,
    options: BuildErrorOptions = {},
  ) {
    const { cause, detail } = options;
    super(message, { ...(cause === undefined ? {} : { cause }), detail });
    this.range = place?.range;
    this.excerpt = place === undefined ? "" : excerptOf(place.source, place.range);
    this.hint = options.hint;
    this.advice = options.advice;
    this.trouble = options.trouble;
    this.exitCode = options.exitCode;
  }

  toFailure(): BuildFailure {
    return {
      message: this.message,
      range: this.range,
      excerpt: this.excerpt,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.exitCode === undefined ? {} : { exitCode: this.exitCode }),
      ...(this.advice === undefined ? {} : { advice: this.advice }),
      ...(this.trouble === undefined ? {} : { trouble: this.trouble }),
    };
  }
}

/** A mistake in the text of the Dockerfile, in Docker's wording with the line. */
export function syntaxError(
  message: string,
  source: SourceFile,
  range: SourceRange,
  options: BuildErrorOptions = {},
): BuildError {
  const line = range.startLine;
  return new BuildError(
    `dockerfile parse error on line ${line}: ${message}`,
    { source, range },
    { ...mistake({ kind: "syntax", line, text: message }), ...options },
  );
}
