import { digestOf } from "../../oci/digest.ts";
import { BuildError } from "../build-error.ts";
import type { BuildRequest } from "../builder.ts";
import type { Dockerfile } from "../dockerfile/ast.ts";
import { PullProgress } from "../pull-progress.ts";
import { stagesUpTo } from "./step-plan.ts";

/**
 * A build that fails before its steps are known (an unknown base, a stage that is not there) has them announced as they
 * are written, the one with the mistake as the one that failed. A pull that it began is that step from then on.
 */
export function announceMistake(
  error: unknown,
  { dockerfile, request, pulls }: { dockerfile: Dockerfile; request: BuildRequest; pulls: PullProgress },
): void {
  if (!(error instanceof BuildError) || error.range === undefined) {
    return;
  }
  const { startLine } = error.range;
  for (const { name, from, instructions } of stagesUpTo(dockerfile.stages, request.target)) {
    const all = [from, ...instructions];
    for (const [index, { text, range }] of all.entries()) {
      const failed = range.startLine <= startLine && startLine <= range.endLine;
      const pulled = failed ? pulls.startedAt(range) : undefined;
      const id = pulled === undefined ? digestOf(`${name} ${index} ${text}`) : PullProgress.idOf(pulled);
      const label = `${name} ${index + 1}/${all.length}`;
      request.onEvent({
        type: "vertex",
        vertex: { id, name: `[${label}] ${text}`, instruction: text, stage: name, range, inputs: [] },
      });
      if (failed && pulled === undefined) {
        const reason = { kind: "not-cacheable", detail: "The build ended here, before any step had run." } as const;
        request.onEvent({ type: "vertex-started", id });
        request.onEvent({
          type: "vertex-completed",
          id,
          cached: false,
          reason,
          durationMs: 0,
          error: error.message,
        });
      }
    }
  }
}
