import { closeSync } from "node:fs";
import { openRoot } from "../diff/layer-tar.ts";
import { Pace } from "../diff/pace.ts";
import { walkTree } from "../diff/tree-walk.ts";
import { callError } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";

/** A build argument: seconds since 1970 that stand for the time of the build (reproducible-builds.org). */
export const epochArgument = "SOURCE_DATE_EPOCH";

/** The number of seconds that it is; undefined for what is no such number. */
export function epochSeconds(text: string): number | undefined {
  const seconds = Number(text);
  return /^\d+$/.test(text) && seconds <= 8_640_000_000_000 ? seconds : undefined;
}

/** As Go writes it, whole seconds. */
export function epochTime(epoch: number): string {
  return new Date(epoch * 1000).toISOString().replace(".000Z", "Z");
}

/** Sets the times of all files beneath `directory`, with it, that are later than `epoch` (seconds) to that. */
export async function clampTimes(directory: string, epoch: number): Promise<void> {
  const latest = BigInt(epoch) * 1_000_000_000n;
  const root = openRoot(directory);
  const pace = new Pace();
  try {
    for (const found of walkTree(root)) {
      if (found !== undefined && found.stat.mtimeNs > latest) {
        clamp(found.parent, found.name, latest, found.path);
      }
      if (pace.due) {
        await pace.rest();
      }
    }
    clamp(root, ".", latest, directory);
  } finally {
    closeSync(root);
  }
}

function clamp(parent: number, name: string, latest: bigint, path: string): void {
  const result = libc.lutimesat(parent, name, latest, latest);
  if (result < 0) {
    throw callError("utimensat", result, path);
  }
}
