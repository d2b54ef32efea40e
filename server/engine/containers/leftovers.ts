import { readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errnoCode, fileError } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";
import { mountPointsBeneath } from "../mount/mount-table.ts";

/**
 * Removes what a create left that was cut off before its record was made: directories named by ids that no container
 * of any tenant has, and what is mounted in them. At the start, before anything is created.
 * @param roots of `ContainerDirectories`
 */
export function removeUnknownContainers(
  roots: { data: string; run: string },
  known: ReadonlySet<string>,
  report: (path: string, error: unknown) => void,
): void {
  for (const [root, remove] of [
    [roots.run, removeMountPoints],
    [roots.data, (path: string) => rmSync(path, { recursive: true, force: true })],
  ] as const) {
    for (const id of namesIn(root).filter((name) => !known.has(name))) {
      const path = join(root, id);
      try {
        remove(path);
      } catch (error) {
        report(path, fileError(path, error));
      }
    }
  }
}

/** Unmounts all beneath, then removes the empty directories: never recursively what could still be a mount. */
function removeMountPoints(path: string): void {
  for (const point of mountPointsBeneath(path)) {
    libc.umount2(point, libc.MNT_DETACH | libc.UMOUNT_NOFOLLOW);
  }
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) {
      removeMountPoints(inner);
    } else {
      // A bind mount of a file has an empty file as its place.
      rmSync(inner);
    }
  }
  rmdirSync(path);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errnoCode(error) === "ENOENT") {
      return [];
    }
    throw fileError(directory, error);
  }
}
