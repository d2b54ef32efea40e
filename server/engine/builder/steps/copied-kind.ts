import { CopyOp, type SourceKind } from "../ops/copy.ts";
import type { BuildResult } from "../ops/result.ts";
import type { PlannedStep } from "../lower/stage-state.ts";
import type { Vertex } from "../solver/types.ts";

/** What a COPY or ADD stands for in the classic builder's history, if anybody has looked at its sources in this build. */
export function knownKind(step: PlannedStep): SourceKind | undefined {
  const sources = step.sources ?? [];
  return sources.length > 1 && !sources.some(mayMatchNothing) ? "multi" : copyOf(step)?.op.sourceKind;
}

/** A pattern, perhaps in a variable: only what is found counts. */
function mayMatchNothing(source: string): boolean {
  return /[*?[$]/.test(source);
}

/** The same; looks if nobody has. @param resultOf what a vertex came to; undefined: it was not solved */
export async function lookAtKind(
  step: PlannedStep,
  resultOf: (vertex: Vertex<BuildResult>) => BuildResult | undefined,
): Promise<SourceKind> {
  const copy = copyOf(step);
  const [, source] = copy?.vertex.inputs ?? [];
  const files = source === undefined ? undefined : resultOf(source);
  return knownKind(step) ?? (files === undefined ? undefined : await copy?.op.lookAtSources(files)) ?? "file";
}

/** With `--link` it is beneath the vertex that puts its layer on the stage. */
function copyOf({ vertex }: PlannedStep): { vertex: Vertex<BuildResult>; op: CopyOp } | undefined {
  for (const candidate of vertex === undefined ? [] : [vertex, ...vertex.inputs]) {
    if (candidate.op instanceof CopyOp) return { vertex: candidate, op: candidate.op };
  }
  return undefined;
}
