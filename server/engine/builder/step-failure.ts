import type { SourceRange } from "../../contract/build-events.ts";
import { isEngineError, messageOf } from "../errdefs/errors.ts";
import { BuildError } from "./build-error.ts";
import type { Dockerfile } from "./dockerfile/ast.ts";
import { type HelpfulError, ProgramMissing, RunFailed, SecretMissing } from "./ops/run-failed.ts";
import { SourceMissing } from "./ops/source-missing.ts";

const helpfulErrors = [RunFailed, ProgramMissing, SecretMissing, SourceMissing];

/** A step's failure with its place in the Dockerfile. Cancellation stays what it is. */
export function stepFailure(error: unknown, range: SourceRange | undefined, dockerfile: Dockerfile): unknown {
  if (range === undefined || error instanceof BuildError || isEngineError(error, "cancelled")) {
    return error;
  }
  const helpful = helpfulErrors.some((kind) => error instanceof kind) ? (error as HelpfulError) : undefined;
  return new BuildError(
    messageOf(error),
    { source: dockerfile.source, range },
    {
      cause: error,
      hint: helpful?.hint,
      advice: helpful?.advice,
      trouble: helpful?.trouble,
      ...(helpful?.exitCode === undefined ? {} : { exitCode: helpful.exitCode }),
    },
  );
}
