import { closeSync, constants, lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { namesIn, namesOf } from "../mount/directory-entries.ts";
import * as libc from "../mount/libc.ts";
import { fdPath, lstatAt, type SafeStat, statOf } from "../mount/safe-stat.ts";
import { readXattrs } from "./file-attributes.ts";
import { openDirectoryAt } from "./tree-walk.ts";

/** One difference: a file that is new or changed (`entry`), or a name that is gone (no `entry`). */
export interface TreeChange {
  path: string;
  kind: "added" | "modified" | "deleted";
  entry: { parent: number; name: string; stat: SafeStat } | undefined;
  /** what was there */
  before?: { stat: SafeStat; path: string };
}

/**
 * What differs between the tree open as `root` and the one at `old` (undefined: nothing there), by all attributes but
 * content: a file of the same size and time to the nanosecond counts as the same. Directories come before their
 * content, also unchanged ones with changes beneath, so that the changes can be unpacked elsewhere. Undefined comes where
 * the caller can pause.
 */
export function* compareTrees(root: number, old: string | undefined): Generator<TreeChange | undefined> {
  yield* compareDirectories(root, old, "", []);
}

/** Unchanged directories on the way, told of once something beneath them differs. */
type Pending = TreeChange[];

function* compareDirectories(
  fd: number,
  old: string | undefined,
  prefix: string,
  pending: Pending,
): Generator<TreeChange | undefined> {
  const here = yield* namesIn(fd);
  const oldNames = old === undefined ? new Set<string>() : yield* namesOf(libc.fsName(old));
  // Without a comparison function, sorting is by code units.
  // oxlint-disable-next-line typescript/require-array-sort-compare
  for (const name of [...here.union(oldNames)].toSorted()) {
    yield undefined;
    const path = prefix === "" ? name : `${prefix}/${name}`;
    if (!here.has(name)) {
      yield* pending.splice(0);
      yield { path, kind: "deleted", entry: undefined };
      continue;
    }
    const stat = lstatAt(fd, name);
    const oldPath = old === undefined ? undefined : join(old, name);
    const before = oldPath === undefined ? undefined : oldStat(oldPath);
    const change: TreeChange = {
      path,
      kind: before === undefined ? "added" : "modified",
      entry: { parent: fd, name, stat },
      ...(before === undefined || oldPath === undefined ? {} : { before: { stat: before, path: oldPath } }),
    };
    const same = before !== undefined && isSame(fd, name, stat, old ?? "", before);
    if (!same) {
      yield* pending.splice(0);
      yield change;
    } else {
      pending.push(change);
    }
    if (stat.kind === "directory") {
      yield* descend(fd, name, before?.kind === "directory" ? oldPath : undefined, path, pending);
    }
    if (pending.at(-1) === change) {
      pending.pop();
    }
  }
}

function* descend(
  parent: number,
  name: string,
  old: string | undefined,
  path: string,
  pending: Pending,
): Generator<TreeChange | undefined> {
  const fd = openDirectoryAt(parent, name, path);
  if (fd === undefined) {
    return;
  }
  try {
    yield* compareDirectories(fd, old, path, pending);
  } finally {
    closeSync(fd);
  }
}

function oldStat(path: string): SafeStat | undefined {
  const stats = lstatSync(libc.fsName(path), { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : statOf(stats);
}

function isSame(fd: number, name: string, stat: SafeStat, oldDir: string, before: SafeStat): boolean {
  const keys = ["kind", "mode", "uid", "gid", "mtimeNs", "rdev"] as const;
  if (keys.some((key) => stat[key] !== before[key]) || (stat.kind === "file" && stat.size !== before.size)) {
    return false;
  }
  if (stat.kind === "symlink") {
    const target = readlinkSync(fdPath(fd, name), { encoding: "buffer" });
    return target.equals(readlinkSync(libc.fsName(join(oldDir, name)), { encoding: "buffer" }));
  }
  return sameXattrs(fd, oldDir, name);
}

function sameXattrs(fd: number, oldDir: string, name: string): boolean {
  const now = readXattrs(fd, name);
  const oldFd = libc.openat(libc.AT_FDCWD, oldDir, libc.O_PATH | constants.O_DIRECTORY);
  try {
    const before = readXattrs(oldFd, name);
    return now.size === before.size && [...now].every(([key, value]) => before.get(key)?.equals(value) === true);
  } finally {
    closeSync(oldFd);
  }
}
