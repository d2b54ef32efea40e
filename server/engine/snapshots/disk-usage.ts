import { closeSync, constants } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { callError, errnoCode, fileError } from "../mount/errno.ts";
import { namesIn } from "../mount/directory-entries.ts";
import * as libc from "../mount/libc.ts";
import { fdPath, lstatAt } from "../mount/safe-stat.ts";
import type { SnapshotUsage } from "./snapshotter.ts";

/** Files measured between two looks at what else there is to do: about a millisecond's work. */
const batch = 100;
/** Bytes of a path by which files are looked at; PATH_MAX is 4,096. What lies deeper is reached from a directory on the way. */
const longestPath = 3_500;
/** Such directories, in one another: each is a descriptor. */
const mostHeld = 128;
/** As how many files a tree counts that goes on beneath these: more than anybody may have. */
const beyondAll = 1e9;

/**
 * Bytes on disk and inodes beneath `dir`, with it; a file with several names counts once. Files that vanish
 * meanwhile do not count. The tree may be hostile: nothing in it keeps it from being counted.
 * @param ignored paths beneath `dir` whose contents do not count
 */
export async function diskUsage(dir: string, ignored: readonly string[] = []): Promise<Required<SnapshotUsage>> {
  const count = new Count(new Set(ignored.map((path) => `${dir}/${path}`)));
  if (count.add(dir, libc.AT_FDCWD, dir)) await count.beneath(dir);
  return count.usage;
}

class Count {
  readonly usage = { bytes: 0, inodes: 0, contents: 0 };
  readonly #ignored: ReadonlySet<string>;
  readonly #seen = new Set<bigint>();
  #measured = 0;
  #held = 0;

  constructor(ignored: ReadonlySet<string>) {
    this.#ignored = ignored;
  }

  /** `name` in the directory `parent`. @returns whether it is a directory, which may have more in it */
  add(path: string, parent: number, name: string): boolean {
    try {
      const stat = lstatAt(parent, name);
      const isDirectory = stat.kind === "directory";
      if (stat.nlink > 1 && !isDirectory) {
        if (this.#seen.has(stat.ino)) return false;
        this.#seen.add(stat.ino);
      }
      this.usage.inodes++;
      this.usage.bytes += stat.allocated;
      this.usage.contents += isDirectory || this.#ignored.has(path) ? 0 : stat.size;
      return isDirectory;
    } catch (error) {
      if (isGone(error)) return false;
      throw fileError(`measuring ${path}`, error);
    }
  }

  /** All in a directory. */
  async beneath(top: string): Promise<void> {
    const pending = [top];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      const fd = openDirectory(path);
      if (fd === undefined) continue;
      try {
        const isFar = path !== top && Buffer.byteLength(path) > longestPath;
        if (isFar) await this.#from(fd);
        else
          for (const name of await allNames(fd)) if (await this.#child(path, fd, name)) pending.push(`${path}/${name}`);
      } finally {
        closeSync(fd);
      }
    }
  }

  async #child(directory: string, fd: number, name: string): Promise<boolean> {
    if (++this.#measured % batch === 0) await setImmediate();
    return this.add(`${directory}/${name}`, fd, name);
  }

  /** All in an open directory, by a path that is short again. */
  async #from(fd: number): Promise<void> {
    if (this.#held === mostHeld) {
      this.usage.inodes += beyondAll;
      return;
    }
    this.#held++;
    await this.beneath(fdPath(fd)).finally(() => this.#held--);
  }
}

/** A link that somebody has put in its place meanwhile is not followed. undefined: it is no directory any more */
function openDirectory(path: string): number | undefined {
  const isHeld = path.startsWith("/proc/self/fd/") && path.lastIndexOf("/") === "/proc/self/fd".length;
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | (isHeld ? 0 : constants.O_NOFOLLOW);
  const fd = libc.openat(libc.AT_FDCWD, path, flags);
  if (fd >= 0) return fd;
  const error = callError("openat", fd, `measuring ${path}`);
  if (isGone(error)) return undefined;
  throw error;
}

async function allNames(fd: number): Promise<Set<string>> {
  const steps = namesIn(fd);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await setImmediate();
  }
}

function isGone(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "ELOOP"].includes(errnoCode(error) ?? "");
}
