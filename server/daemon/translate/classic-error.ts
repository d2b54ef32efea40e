import { BuildError } from "../../engine/builder/build-error.ts";
import { EngineError, isEngineError, messageOf } from "../../engine/errdefs/errors.ts";

/** The builder's messages in the classic builder's words, where it has others. `$1` as in String.replace, `$NAME` the file. */
const wordings: readonly [RegExp, string][] = [
  [/^dockerfile parse error on line \d+: (no build stage in current context)$/, "$1"],
  [/^dockerfile parse error on line \d+: the Dockerfile cannot be empty$/, "the Dockerfile ($NAME) cannot be empty"],
  [/^dockerfile parse error on line \d+: (file with no instructions)$/, "failed to parse $NAME: $1"],
  [/^dockerfile parse error on line (\d+): /, "dockerfile parse error line $1: "],
  [
    /^COPY failed: "(.*)": not found in the build context$/,
    "COPY failed: file not found in build context or excluded by .dockerignore: stat $1: file does not exist",
  ],
  [
    /^ADD failed: "(.*)": not found in the build context$/,
    "ADD failed: file not found in build context or excluded by .dockerignore: stat $1: file does not exist",
  ],
];

/** What `POST /build` says of a failed build of the Dockerfile `name`. */
export function classicError(error: unknown, name: string): { message: string; exitCode: number | undefined } {
  const exitCode = error instanceof BuildError ? error.exitCode : undefined;
  const pull = pullFailure(error);
  let message = messageOf(pull ?? error);
  for (const [pattern, words] of wordings) {
    message = message.replace(
      pattern,
      words.replace("$NAME", () => name.replaceAll("$", "$$$$")),
    );
  }
  return { message, exitCode };
}

/** A base image that could not be pulled: what the registry said, without what was wanted of it. */
function pullFailure(error: unknown): EngineError | undefined {
  let failure: EngineError | undefined;
  for (let at = error; at instanceof Error; at = at.cause) {
    if (/^image ".*" (?:was not found|is not on this machine)/.test(at.message) && isEngineError(at.cause)) {
      failure = at.cause;
    }
  }
  return failure;
}
