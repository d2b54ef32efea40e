import { rmdirSync } from "node:fs";
import path from "node:path";
import { inPieces } from "../../concurrency/thread-time.ts";
import { isEngineError } from "../../errdefs/errors.ts";
import { callError } from "../../mount/errno.ts";
import { destinationPieces } from "../../mount/destination.ts";
import * as libc from "../../mount/libc.ts";
import { SafeRoot } from "../../mount/safe-path.ts";
import type { SafeStat } from "../../mount/safe-stat.ts";
import type { SnapshotTree } from "../../snapshots/snapshot-tree.ts";

/** Something the runtime makes to mount on it, that must not stay in the layer. */
interface Stub {
  /** first path on the way that did not exist */
  path: string;
  parent: string;
  /** of the parent */
  before: SafeStat;
}

/**
 * Remembers which mount points are missing in a root file system before a step runs, and takes away afterwards what the
 * runtime made in their place, so that no layer holds an empty /proc or /etc/resolv.conf.
 */
export class MountPoints {
  readonly #root: SafeRoot;
  readonly #stubs: Stub[] = [];
  /** directories that are as they were before the step */
  readonly #unchanged = new Set<string>();

  constructor(root: SafeRoot) {
    this.#root = root;
  }

  /** Call before the step for each mount point. Returns where it really is: links are resolved. */
  async add(destination: string): Promise<string> {
    const resolved = await inPieces(destinationPieces(this.#root, destination));
    const missing = await inPieces(this.#firstMissing(resolved));
    if (missing !== undefined && !this.#stubs.some((stub) => stub.path === missing)) {
      const parent = path.posix.dirname(missing);
      this.#stubs.push({ path: missing, parent, before: this.#root.stat(parent) });
    }
    return resolved;
  }

  /** Call after the step. What the step itself put there (a file with content, a directory with files) stays. */
  async clear(): Promise<void> {
    for (const stub of this.#stubs.toReversed()) {
      if (await this.#removeEmpty(stub.path)) {
        this.#restoreTime(stub);
      }
    }
    for (const { parent, before } of this.#stubs) {
      if (parent !== "/" && this.#root.exists(parent) && isSame(this.#root.lstat(parent), before)) {
        this.#unchanged.add(parent);
      }
    }
  }

  /**
   * Call when the file system is not mounted any more: takes the directories that were only copied up for mount points
   * out of what changed.
   */
  forgetCopies({ format, dir }: SnapshotTree): void {
    if (format !== "overlay") {
      return;
    }
    using changes = new SafeRoot(dir);
    for (const directory of [...this.#unchanged].toSorted().toReversed()) {
      if (changes.exists(directory) && isBareCopy(changes, directory)) {
        rmdirSync(changes.hostPath(directory));
      }
    }
  }

  #restoreTime({ parent, before: { mtimeNs: parentMtimeNs } }: Stub): void {
    if (parent === "/") {
      const result = libc.lutimesat(libc.AT_FDCWD, this.#root.dir, parentMtimeNs, parentMtimeNs);
      if (result < 0) {
        throw callError("utimensat", result, parent);
      }
    } else {
      this.#root.change(parent, { mtimeNs: parentMtimeNs });
    }
  }

  *#firstMissing(at: string): Generator<undefined, string | undefined> {
    let piece = "";
    for (const name of at.split("/").filter(Boolean)) {
      yield undefined;
      piece = `${piece}/${name}`;
      if (!this.#exists(piece)) {
        return piece;
      }
    }
    return undefined;
  }

  #exists(at: string): boolean {
    try {
      this.#root.stat(at);
      return true;
    } catch (error) {
      if (isEngineError(error, "not_found", "invalid_argument")) {
        return false;
      }
      throw error;
    }
  }

  /** Removes an empty file, or a tree of empty directories and files. False if something is in it, or it is gone. */
  async #removeEmpty(at: string): Promise<boolean> {
    if (!this.#root.exists(at)) {
      return false;
    }
    const stat = this.#root.lstat(at);
    if (stat.kind === "directory") {
      for (const { name } of this.#root.list(at)) {
        if (!(await this.#removeEmpty(path.posix.join(at, name)))) {
          return false;
        }
      }
    } else if (stat.kind !== "file" || stat.size > 0) {
      return false;
    }
    await this.#root.remove(at);
    return true;
  }
}

function isSame(now: SafeStat, before: SafeStat): boolean {
  return (["kind", "mode", "uid", "gid", "mtimeNs"] as const).every((name) => now[name] === before[name]);
}

/** A directory of an overlay's upper layer that changes nothing below: empty, and with no attribute but overlayfs's own. */
function isBareCopy(changes: SafeRoot, directory: string): boolean {
  return (
    changes.lstat(directory).kind === "directory" &&
    changes.list(directory).length === 0 &&
    libc
      .listXattrs(changes.hostPath(directory))
      .every((name) => name === "trusted.overlay.origin" || name === "trusted.overlay.impure")
  );
}
