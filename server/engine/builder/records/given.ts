import type { LayerID } from "../../layers/layer-store.ts";
import type { Digest } from "../../oci/digest.ts";
import { BuildError } from "../build-error.ts";
import type { BuildRequest } from "../builder.ts";
import type { PlannedStep } from "../lower/stage-state.ts";

/** @throws BuildError when a step to take as given is none of the Dockerfile's any more */
export function checkGiven({ given }: Pick<BuildRequest, "given">, steps: readonly PlannedStep[]): void {
  const known = new Set(steps.map(({ vertex }) => vertex?.digest));
  if ([...(given ?? new Map<Digest, LayerID>()).keys()].some((digest) => !known.has(digest))) {
    throw new BuildError("the build cannot be resumed: what comes before the step was changed meanwhile", undefined, {
      hint: "build again from the start; what has not changed is in the cache",
    });
  }
}
