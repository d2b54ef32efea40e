import type { EngineStatus } from "../contract/extension-api.ts";

/** How far a base image is, in the same words for `up`, `status` and `doctor`. One that is being made is not made yet. */
export function imageState({ ready, standIn, error }: EngineStatus["baseImages"][number]): string {
  if (error !== undefined) return error;
  if (!ready) return "not made yet (its first use waits for it)";
  return standIn ? "ready (local stand-in)" : "ready";
}
