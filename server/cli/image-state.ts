import type { EngineStatus } from "../contract/extension-api.ts";

type BaseImage = EngineStatus["baseImages"][number];

/** How far a base image is and whose it is, in the same words for `status`, `doctor` and `images`. */
export function imageState({ ready, making, standIn, error }: BaseImage): string {
  const state = error ?? (ready ? "ready" : making ? "being made" : "made when first used");
  return `${state} (${standIn ? "local stand-in" : "given by you"})`;
}
