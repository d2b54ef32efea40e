import { randomUUID } from "node:crypto";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoCode } from "./errno.ts";

/** What there is of the file system that a directory is on. */
export interface DiskSpace {
  /** bytes */
  size: number;
  /** bytes that anybody may still write */
  free: number;
  /** bytes that root may still write: with those that file systems keep for it */
  freeForRoot: number;
  /** files and directories that it has room for; Infinity where they are made as needed and not counted (btrfs) */
  freeInodes: number;
}

/** statfs(2). @throws what the system says of a directory that is not there */
export function diskSpace(directory: string): DiskSpace {
  const { bsize, blocks, bavail, bfree, files, ffree } = statfsSync(directory);
  return {
    size: blocks * bsize,
    free: bavail * bsize,
    freeForRoot: bfree * bsize,
    freeInodes: files === 0 ? Infinity : ffree,
  };
}

/** Whether a small file more finds no room. Tried, since what statfs(2) tells counts what a file system keeps for itself. */
export function hasNoRoom(directory: string): boolean {
  const probe = join(directory, `.drydock-room-${randomUUID()}`);
  try {
    writeFileSync(probe, Buffer.alloc(64 * 1024), { flag: "wx" });
    return false;
  } catch (error) {
    return ["ENOSPC", "EDQUOT"].includes(errnoCode(error) ?? "");
  } finally {
    rmSync(probe, { force: true });
  }
}
