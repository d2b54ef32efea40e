import { lstatSync, readdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { errnoCode, fileError } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";
import type { SnapshotUsage } from "./snapshotter.ts";

/** Files measured between two looks at what else there is to do. */
const batch = 500;

/**
 * Bytes on disk and inodes beneath `dir`, with it; a file with several names counts once. Files that vanish
 * meanwhile do not count.
 * @param ignored paths beneath `dir` whose contents do not count
 */
export async function diskUsage(dir: string, ignored: readonly string[] = []): Promise<Required<SnapshotUsage>> {
  const seen = new Set<bigint>();
  const usage = { bytes: 0, inodes: 0, contents: 0 };
  const pending: string[] = [dir];
  let measured = 0;
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    try {
      const stat = lstatSync(libc.fsName(path), { bigint: true });
      if (seen.has(stat.ino)) {
        continue;
      }
      if (stat.nlink > 1n && !stat.isDirectory()) {
        seen.add(stat.ino);
      }
      usage.inodes++;
      usage.bytes += Number(stat.blocks) * 512;
      usage.contents += stat.isDirectory() || ignored.includes(path.slice(dir.length + 1)) ? 0 : Number(stat.size);
      if (stat.isDirectory()) {
        for (const name of readdirSync(libc.fsName(path), { encoding: "buffer" })) {
          pending.push(`${path}/${libc.decodeName(name)}`);
        }
      }
    } catch (error) {
      if (errnoCode(error) !== "ENOENT") {
        throw fileError(`measuring ${path}`, error);
      }
    }
    if (++measured % batch === 0) {
      await setImmediate();
    }
  }
  return usage;
}
