import { readFileSync } from "node:fs";
import { ResourceExhausted } from "../errdefs/errors.ts";
import type { IdMap } from "../mount/mount.ts";

/** Ids of one tenant: 0..65535, as every Linux image expects. */
export const idRangeSize = 65_536;
/** First host id given to tenants: above users' own and above what distributions give in /etc/subuid at first. */
export const defaultIdBase = 1_000_000;
/** uid_t is 32 bits, and -1 and -2 mean "nobody" to parts of the kernel: stay in the positive half. */
const lastId = 2 ** 31 - 1;

/** Host ids that others use. `start` is the first one, `size` how many. */
export interface IdRange {
  start: number;
  size: number;
}

/** The ranges in /etc/subuid and /etc/subgid (subuid(5): `user:start:count`), which rootless tools of the host may use. */
export function readSubordinateRanges(files: readonly string[] = ["/etc/subuid", "/etc/subgid"]): IdRange[] {
  return files.flatMap((file) => parseSubordinateRanges(readIfThere(file)));
}

export function parseSubordinateRanges(text: string): IdRange[] {
  const ranges: IdRange[] = [];
  for (const line of text.split("\n")) {
    const [, start, size] = line.trim().split(":");
    if (start !== undefined && size !== undefined && /^\d+$/.test(start) && /^\d+$/.test(size)) {
      ranges.push({ start: Number(start), size: Number(size) });
    }
  }
  return ranges;
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return "";
    }
    throw error;
  }
}

/**
 * The lowest free range from `base` on.
 * @throws ResourceExhausted when there is none left
 */
export function chooseRange(base: number, taken: readonly IdRange[]): IdMap {
  const sorted = taken.toSorted((a, b) => a.start - b.start);
  let start = base;
  for (const range of sorted) {
    // Steps of a whole range keep the numbers easy to read for an administrator.
    while (start < range.start + range.size && range.start < start + idRangeSize) {
      start += idRangeSize;
    }
  }
  if (start + idRangeSize - 1 > lastId) {
    throw new ResourceExhausted(
      "No range of host user ids is left for another tenant: remove tenants that are not used",
    );
  }
  return { hostBase: start, size: idRangeSize };
}
