import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { errnoCode, fileError } from "../mount/errno.ts";
import type { SnapshotUsage } from "./snapshotter.ts";

/**
 * Bytes on disk and inodes beneath `dir`, with it; a file with several names counts once. Files that vanish
 * meanwhile do not count.
 */
export async function diskUsage(dir: string): Promise<SnapshotUsage> {
  const seen = new Set<bigint>();
  const usage = { bytes: 0, inodes: 0 };
  const pending: string[] = [dir];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    try {
      const stat = await lstat(path, { bigint: true });
      if (seen.has(stat.ino)) {
        continue;
      }
      if (stat.nlink > 1n && !stat.isDirectory()) {
        seen.add(stat.ino);
      }
      usage.inodes++;
      usage.bytes += Number(stat.blocks) * 512;
      if (stat.isDirectory()) {
        for await (const entry of await opendir(path)) {
          pending.push(join(path, entry.name));
        }
      }
    } catch (error) {
      if (errnoCode(error) !== "ENOENT") {
        throw fileError(`measuring ${path}`, error);
      }
    }
  }
  return usage;
}
