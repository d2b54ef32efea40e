import { lstatSync } from "node:fs";
import { join } from "node:path";
import { namesOf } from "../mount/directory-entries.ts";
import { fsName, getXattr } from "../mount/libc.ts";
import { type SafeStat, statOf } from "../mount/safe-stat.ts";

/** image-spec layer.md, Whiteouts: an entry `.wh.<name>` says that `<name>` of the layers below is gone. */
export const whiteoutPrefix = ".wh.";
/** image-spec layer.md, Opaque Whiteout: all that the layers below have in this directory is gone. */
export const opaqueName = ".wh..wh..opq";
/** Names that aufs kept for itself in old layers. */
export const metaPrefix = ".wh..wh.";

/** What overlayfs marks an opaque directory with (kernel, filesystems/overlayfs.rst, "whiteouts and opaque directories"). */
export const opaqueXattr = "trusted.overlay.opaque";

/** overlayfs's mark for a deleted name: a character device 0:0. */
export function isWhiteout(stat: Pick<SafeStat, "kind" | "rdev">): boolean {
  return stat.kind === "character" && stat.rdev === 0n;
}

/** `path` is trusted as such, or reached through /proc/self/fd. */
export function isOpaque(path: string): boolean {
  return getXattr(path, opaqueXattr)?.toString("latin1") === "y";
}

/**
 * What a name shows as through a stack of read-only layer directories, topmost first, and, for a directory, those
 * that together make up its content. The layers are immutable, so plain paths do.
 */
export function lookUp(
  stack: readonly string[],
  name: string,
): { stat: SafeStat; path: string; directories: string[] } | undefined {
  let found: { stat: SafeStat; path: string; directories: string[] } | undefined;
  for (const dir of stack) {
    const path = join(dir, name);
    const stats = lstatSync(fsName(path), { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) {
      continue;
    }
    const stat = statOf(stats);
    if (isWhiteout(stat) || (found !== undefined && stat.kind !== "directory")) {
      return found;
    }
    found ??= { stat, path, directories: [] };
    if (stat.kind !== "directory") {
      return found;
    }
    found.directories.push(path);
    if (isOpaque(path)) {
      return found;
    }
  }
  return found;
}

/** The names that such a stack shows, in steps, between which the caller can pause. */
export function* shownNames(stack: readonly string[]): Generator<undefined, Set<string>> {
  const shown = new Set<string>();
  for (const directory of stack) {
    for (const name of yield* namesOf(fsName(directory))) {
      if (!shown.has(name) && lookUp(stack, name) !== undefined) shown.add(name);
      yield undefined;
    }
  }
  return shown;
}

/** Like `lookUp` for a path of several names; links on the way are not followed. */
export function lookUpPath(
  stack: readonly string[],
  path: string,
): { stat: SafeStat; path: string; directories: string[] } | undefined {
  let found: ReturnType<typeof lookUp>;
  let directories = [...stack];
  for (const name of path.split("/").filter(Boolean)) {
    found = lookUp(directories, name);
    if (found === undefined) {
      return undefined;
    }
    directories = found.directories;
  }
  return found;
}
