import type { BuildFailure } from "#contract/build-events.ts";
import { messages } from "../../lib/messages.ts";

/** Why a step failed, in a sentence: of what it ran, the exit code. */
export function failureText({ exitCode, message }: BuildFailure): string {
  return exitCode === undefined ? message : messages.build.endedWith({ code: exitCode });
}
