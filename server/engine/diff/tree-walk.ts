import { closeSync, constants, readdirSync } from "node:fs";
import { InvalidArgument } from "../errdefs/errors.ts";
import { callError, errno, errnoCode, fileError } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";
import { fdPath, lstatAt, type SafeStat } from "../mount/safe-stat.ts";

/** One file found; `parent` is open during the step only. */
export interface WalkEntry {
  /** beneath the root, without a leading slash */
  path: string;
  name: string;
  parent: number;
  stat: SafeStat;
}

/** Each level holds a file descriptor. */
const maxDepth = 2048;

interface Level {
  fd: number;
  path: string;
  names: string[];
  next: number;
}

/**
 * Everything beneath the directory `root` (an open descriptor, which stays the caller's), each directory before its
 * content, names in the order of their UTF-16 code units: the same tree always comes in the same order. Links are not
 * followed, even if others change the tree meanwhile; what vanishes meanwhile is passed over.
 * @param enter false for directories whose content is not wanted
 */
export function* walkTree(root: number, enter: (entry: WalkEntry) => boolean = () => true): Generator<WalkEntry> {
  const levels: Level[] = [{ fd: root, path: "", names: sortedNames(root), next: 0 }];
  try {
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const name = level.names[level.next++];
      if (name === undefined) {
        levels.pop();
        if (level.fd !== root) {
          closeSync(level.fd);
        }
        continue;
      }
      const path = level.path === "" ? name : `${level.path}/${name}`;
      const stat = statAt(level.fd, name, path);
      if (stat === undefined) {
        continue;
      }
      const entry = { path, name, parent: level.fd, stat };
      yield entry;
      if (stat.kind === "directory" && enter(entry)) {
        const fd = openDirectoryAt(level.fd, name, path);
        if (fd !== undefined) {
          levels.push({ fd, path, names: [], next: 0 });
          const top = levels.at(-1);
          if (levels.length > maxDepth) {
            throw new InvalidArgument(`${path.slice(0, 200)}...: directories are nested more than ${maxDepth} deep`);
          }
          if (top !== undefined) {
            top.names = sortedNames(fd);
          }
        }
      }
    }
  } finally {
    for (const level of levels) {
      if (level.fd !== root) {
        closeSync(level.fd);
      }
    }
  }
}

/** Names in an open directory, in the order of their UTF-16 code units. */
export function sortedNames(fd: number): string[] {
  // Without a comparison function, sorting is by code units.
  // oxlint-disable-next-line typescript/require-array-sort-compare
  return readdirSync(fdPath(fd), { encoding: "buffer" }).map(libc.decodeName).toSorted();
}

/** Undefined if it is gone. */
function statAt(fd: number, name: string, path: string): SafeStat | undefined {
  try {
    return lstatAt(fd, name);
  } catch (error) {
    if (errnoCode(error) === "ENOENT") {
      return undefined;
    }
    throw fileError(path, error);
  }
}

/** Undefined if it is gone, or no directory any more. */
export function openDirectoryAt(parent: number, name: string, path: string): number | undefined {
  const fd = libc.openat(parent, name, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  if (fd === -errno.ENOENT || fd === -errno.ENOTDIR || fd === -errno.ELOOP) {
    return undefined;
  }
  if (fd < 0) {
    throw callError("openat", fd, path);
  }
  return fd;
}
