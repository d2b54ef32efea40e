import { closeSync, constants } from "node:fs";
import { Conflict, Internal, InvalidArgument } from "../errdefs/errors.ts";
import { callError, errno, errnoCode, fileError } from "../mount/errno.ts";
import { namesIn, sortedNames } from "../mount/directory-entries.ts";
import * as libc from "../mount/libc.ts";
import { fstat, lstatAt, type SafeStat } from "../mount/safe-stat.ts";

/** One file found; `parent` is open during the step only. */
export interface WalkEntry {
  /** beneath the root, without a leading slash */
  path: string;
  name: string;
  parent: number;
  stat: SafeStat;
}

/** As deep as paths go (PATH_MAX). */
const maxDepth = 2048;
/** Of the levels above an entry so many are held open: descriptors are drydockd's, and trees are anybody's. */
const mostOpen = 32;

const none: Level["names"] = [].values();

interface Level {
  /** closed for the time being: which directory it was */
  fd: number | { dev: bigint; ino: bigint };
  path: string;
  names: Iterator<{ name: string }>;
}

/**
 * Everything beneath the directory `root` (an open descriptor, which stays the caller's), each directory before its
 * content, names in the order of their UTF-16 code units: the same tree always comes in the same order. Links are not
 * followed, even if others change the tree meanwhile; what vanishes meanwhile is passed over. Undefined comes where a part
 * of a large directory has been read, so that the caller can pause.
 * @param enter false for directories whose content is not wanted
 */
export function* walkTree(
  root: number,
  enter: (entry: WalkEntry) => boolean = () => true,
): Generator<WalkEntry | undefined> {
  const levels: Level[] = [{ fd: root, path: "", names: yield* sortedNames(root) }];
  try {
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const { fd } = level;
      if (typeof fd !== "number") throw new Internal(`${level.path} is not open`);
      const next = level.names.next();
      if (next.done === true) {
        const above = levels.at(-2);
        if (above !== undefined && typeof above.fd !== "number") above.fd = reopened(fd, above.fd, above.path);
        levels.pop();
        if (fd !== root) closeSync(fd);
        continue;
      }
      const { name } = next.value;
      const path = level.path === "" ? name : `${level.path}/${name}`;
      const stat = statAt(fd, name, path);
      if (stat === undefined) {
        continue;
      }
      const entry = { path, name, parent: fd, stat };
      yield entry;
      if (stat.kind === "directory" && enter(entry)) {
        const below = openDirectoryAt(fd, name, path);
        if (below !== undefined) {
          const inner: Level = { fd: below, path, names: none };
          levels.push(inner);
          if (levels.length > maxDepth) {
            throw new InvalidArgument(`${path.slice(0, 200)}...: directories are nested more than ${maxDepth} deep`);
          }
          rest(levels.at(-1 - mostOpen), root);
          inner.names = yield* sortedNames(below);
        }
      }
    }
  } finally {
    for (const { fd } of levels) {
      if (typeof fd === "number" && fd !== root) closeSync(fd);
    }
  }
}

/** Closes its directory until it is gone on with. */
function rest(level: Level | undefined, root: number): void {
  if (level === undefined || typeof level.fd !== "number" || level.fd === root) return;
  const { dev, ino } = fstat(level.fd);
  closeSync(level.fd);
  level.fd = { dev, ino };
}

/** The directory above `fd`, if it is still the one that it was: who moves directories meanwhile could lead anywhere. */
function reopened(fd: number, was: { dev: bigint; ino: bigint }, path: string): number {
  const above = libc.openat(fd, "..", constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  if (above < 0) throw callError("openat", above, path);
  const { dev, ino } = fstat(above);
  if (dev === was.dev && ino === was.ino) return above;
  closeSync(above);
  throw new Conflict(`${path.slice(0, 200)} was moved while it was read: try again`);
}

/** Names in the directory `name` of `parent`, with pauses in between; none if it is gone, or no directory any more. */
export function* namesAt(parent: number, name: string): Generator<undefined, Set<string>> {
  const fd = openDirectoryAt(parent, name, name);
  if (fd === undefined) return new Set();
  try {
    return yield* namesIn(fd);
  } finally {
    closeSync(fd);
  }
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
