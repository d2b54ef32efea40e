import { BuildError } from "../build-error.ts";
import type { BuildRequest } from "../builder.ts";
import type { Dockerfile } from "../dockerfile/ast.ts";
import { dockerfileBefore } from "../steps/step-plan.ts";
import type { PlannedStep, StageState } from "./stage-state.ts";

export type Lowered = { state: StageState; steps: readonly PlannedStep[]; epoch: number | undefined };

/** The classic builder goes line by line: what stands before a mistake is done before the mistake is told. */
export async function lowerAsFarAsPossible(
  { steps }: BuildRequest,
  dockerfile: Dockerfile,
  lower: (dockerfile: Dockerfile) => Promise<Lowered>,
): Promise<Lowered & { mistake?: unknown }> {
  try {
    return await lower(dockerfile);
  } catch (error) {
    const line = error instanceof BuildError ? error.range?.startLine : undefined;
    const before = steps === undefined || line === undefined ? undefined : dockerfileBefore(dockerfile, line);
    if (before === undefined) {
      throw error;
    }
    // what stands before it may lack the target: the mistake is still what is wrong
    const done = await lower(before).catch(() => undefined);
    if (done === undefined) {
      throw error;
    }
    return { ...done, mistake: error };
  }
}
