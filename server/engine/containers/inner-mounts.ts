import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { attachClone } from "../mount/attach-clone.ts";
import { errnoCode } from "../mount/errno.ts";
import type { IdMap } from "../mount/mount.ts";
import { mountPointsBeneath } from "../mount/mount-table.ts";
import { SafeRoot } from "../mount/safe-path.ts";

/** What is mounted beneath `directory`, a host path without links, as paths from there (`/a/b`), outermost first. */
export function innerMounts(directory: string): string[] {
  const points = mountPointsBeneath(directory).toReversed();
  const prefix = directory === "/" ? "" : directory;
  return [...new Set(points)].filter((point) => point !== directory).map((point) => point.slice(prefix.length));
}

/**
 * Those of them to which the root of a container with these ids gets. An OCI runtime makes each mount with that root's
 * rights, and fails at one beneath a directory that is closed to it; in the container nobody would see that one anyway.
 * @param idMap none: the machine's root, who gets everywhere
 */
export function reachableInnerMounts(directory: string, idMap: IdMap | undefined): string[] {
  const open = new Map<string, boolean>([[dirname(directory), true]]);
  const opens = (path: string): boolean => {
    const known = open.get(path) ?? (opens(dirname(path)) && (idMap === undefined || entersDirectory(path, idMap)));
    open.set(path, known);
    return known;
  };
  return innerMounts(directory).filter((path) => opens(dirname(directory + path)));
}

/** A user namespace's root may enter what its ids own (capabilities(7), CAP_DAC_READ_SEARCH), and what all may. */
function entersDirectory(path: string, { hostBase, size }: IdMap): boolean {
  const own = (id: number) => id >= hostBase && id < hostBase + size;
  try {
    const { mode, uid, gid } = lstatSync(path);
    return (mode & 0o001) !== 0 || (own(uid) && own(gid));
  } catch (error) {
    if (isOutOfReach(error)) return false;
    throw error;
  }
}

/**
 * Mounts `paths`, mount points beneath the directory `source`, at the same places beneath `target`, each as `prepare`
 * leaves it. What has gone meanwhile, or is not to be bound (mount_namespaces(7), unbindable), is left out, as the kernel does.
 */
export function attachInner(
  source: string,
  target: string,
  paths: readonly string[],
  prepare: ((tree: number) => void) | undefined,
): void {
  if (paths.length === 0) return;
  using from = new SafeRoot(source);
  using to = new SafeRoot(target);
  for (const path of paths) {
    try {
      using place = to.locate(path, { follow: false });
      using at = from.locate(path, { follow: false });
      attachClone(at.path, 0, prepare, place.fd);
    } catch (error) {
      if (!isOutOfReach(error)) throw error;
    }
  }
}

const outOfReach = new Set(["ENOENT", "ENOTDIR", "EACCES", "EINVAL", "ENOTCONN", "ESTALE"]);

function isOutOfReach(error: unknown): boolean {
  return outOfReach.has(errnoCode(error) ?? "");
}
