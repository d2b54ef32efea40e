import type { BaseImageStatus } from "../contract/extension-api.ts";

/** How far a base image is and whose it is, in the same words for `status`, `doctor` and `images`. */
export function imageState({ ready, making, progress, standIn, error }: BaseImageStatus): string {
  const state = making ? beingMade(progress) : (error ?? (ready ? "ready" : "made when first used"));
  return `${state} (${standIn ? "local stand-in" : "yours, for all learners"})`;
}

function beingMade({ percent, step }: BaseImageStatus["progress"] = {}): string {
  return ["being made", ...(percent === undefined ? [] : [`${percent} %`]), ...(step === undefined ? [] : [step])].join(
    ", ",
  );
}
