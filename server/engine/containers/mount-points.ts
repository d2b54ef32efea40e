import { statSync } from "node:fs";
import { posix } from "node:path";
import { isEngineError } from "../errdefs/errors.ts";
import { errnoCode } from "../mount/errno.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import type { RuntimeMount } from "../runtime/runtime-spec.ts";

/** Names in the paths of all that are looked at: each costs calls, and a container may have thousands of mounts. */
const mostNames = 300;

/**
 * Makes the places that mounts are to have where the image has none, before crun does: it gives directories the sticky bit
 * and files to root alone, and they stay. runc makes them so itself (and gives a tmpfs the mode of a place that is there).
 * What cannot be made is left to the runtime, which says why.
 * @param rootfs mounted, with the container's own ids
 */
export function makeMountPoints(rootfs: string, mounts: readonly RuntimeMount[]): void {
  using root = new SafeRoot(rootfs);
  let left = mostNames;
  for (const { destination, type, source = "" } of outermost(mounts)) {
    left -= destination.split("/").length;
    if (left < 0) return;
    if (root.exists(destination)) continue;
    try {
      makeMountPoint(root, destination, type !== "bind" || statSync(source).isDirectory());
    } catch (error) {
      if (!isEngineError(error) && errnoCode(error) === undefined) throw error;
    }
  }
}

/** Without those beneath another one: their places are made there. */
function outermost(mounts: readonly RuntimeMount[]): RuntimeMount[] {
  const places = mounts.map((mount) => ({ mount, path: `${mount.destination}/` }));
  let last = "//";
  return places
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .flatMap(({ mount, path }) => {
      if (path.startsWith(last)) return [];
      last = path;
      return [mount];
    });
}

export function makeMountPoint(root: SafeRoot, target: string, isDirectory: boolean): void {
  if (isDirectory) {
    root.makeDirectory(target, { parents: true });
  } else {
    root.makeDirectory(posix.dirname(target), { parents: true });
    root.writeFile(target, "", { mode: 0o755 });
  }
}
