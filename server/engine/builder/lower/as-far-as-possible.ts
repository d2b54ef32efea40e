import { BuildError } from "../build-error.ts";
import type { BuildRequest } from "../builder.ts";
import type { Dockerfile } from "../dockerfile/ast.ts";
import { dockerfileBefore } from "../steps/step-plan.ts";
import type { PlannedStep, StageState } from "./stage-state.ts";

export type Lowered = { state: StageState; steps: readonly PlannedStep[]; epoch: number | undefined };

/** The classic builder goes line by line: what stands before a mistake is done before the mistake is told. */
export async function lowerAsFarAsPossible(
  { steps }: Pick<BuildRequest, "steps">,
  dockerfile: Dockerfile,
  lower: (dockerfile: Dockerfile) => Promise<Lowered>,
): Promise<Lowered & { mistake?: BuildError }> {
  try {
    return await lower(dockerfile);
  } catch (error) {
    const mistake = mistakeOf(error);
    const line = mistake.range?.startLine;
    const before = steps === undefined || line === undefined ? undefined : dockerfileBefore(dockerfile, line);
    if (before === undefined) {
      throw mistake;
    }
    try {
      return { ...(await lower(before)), mistake };
    } catch (earlier) {
      // what stands before it may lack the target: the mistake is still what is wrong
      mistakeOf(earlier);
      throw mistake;
    }
  }
}

/** @throws what is no mistake in the Dockerfile: a cancellation, a failure of the engine's own */
function mistakeOf(error: unknown): BuildError {
  if (error instanceof BuildError) {
    return error;
  }
  throw error;
}
