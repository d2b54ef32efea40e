import { closeSync, constants, fchmodSync, fchownSync, opendirSync, writeSync } from "node:fs";
import path from "node:path";
import { FailedPrecondition, InvalidArgument } from "../../errdefs/errors.ts";
import { Pace } from "../../diff/pace.ts";
import { callError, errno, errnoCode } from "../../mount/errno.ts";
import * as libc from "../../mount/libc.ts";
import type { SafeHandle } from "../../mount/safe-handle.ts";
import type { SafeRoot } from "../../mount/safe-path.ts";
import { fstat } from "../../mount/safe-stat.ts";
import { throwIfAborted } from "../solver/semaphore.ts";
import type { Entry } from "./entries.ts";
import { openEntry } from "./file-digests.ts";
import { madeByRoot } from "./file-owner.ts";
import { copyPieces, shortPieces } from "./file-pieces.ts";
import type { ModeChange } from "./file-mode.ts";

export interface WriteOptions {
  /** undefined keeps the owner of layers; files from elsewhere belong to root */
  owner: { uid: number; gid: number } | undefined;
  mode: ModeChange | undefined;
  /** of directories that nobody named, which get no set-id bits; 0755 without one */
  parentMode?: number | undefined;
  /** the source is a mounted layer */
  layer: boolean;
  signal: AbortSignal;
}

/** Files up to this are copied through memory, those above in the background. Bytes. */
const inlineBytes = 1 << 20;
const kindBits: Partial<Record<Entry["stat"]["kind"], number>> = {
  fifo: 0o010000,
  block: 0o060000,
  character: 0o020000,
};

/** Writes entries of a source tree into a mounted root file system. */
export class TreeWriter {
  readonly #source: SafeRoot;
  readonly #target: SafeRoot;
  readonly #options: WriteOptions;
  readonly #pace = new Pace();
  /** first copy of each file with several names */
  readonly #hardLinks = new Map<string, string>();
  /** directories of this copy */
  readonly #visited = new Set<string>();
  #directory: { path: string; handle: SafeHandle } | undefined;

  constructor(source: SafeRoot, target: SafeRoot, options: WriteOptions) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
  }

  /** What is written from now on is a copy of its own. */
  beginCopy(): void {
    this.#hardLinks.clear();
    this.#visited.clear();
  }

  close(): void {
    this.#directory?.handle.close();
    this.#directory = undefined;
  }

  /** Directories that a path needs and that nobody named: owned as the files are, with an octal `--chmod`'s mode. */
  makeParents(directory: string): void {
    const { owner = madeByRoot, parentMode: mode = 0o755 } = this.#options;
    try {
      this.#target.makeDirectory(directory, {
        parents: true,
        mode: mode & 0o777,
        ...owner,
      });
    } catch (error) {
      if (errnoCode(error) !== "ENOTDIR") throw error;
      throw new FailedPrecondition(
        `cannot copy into ${directory}: the image has a file there, or above it, no directory`,
        {
          cause: error,
        },
      );
    }
  }

  /**
   * Makes a directory that has nothing of the image in it: what is to be in it can be written where the layer is on disk,
   * beneath the overlay that shows it.
   * @returns false if there is something already
   */
  makeAlone(at: string): boolean {
    if (!this.#target.exists(at)) {
      this.makeParents(at);
      return true;
    }
    const { kind, mode } = this.#target.lstat(at);
    if (kind !== "directory" || !this.#isEmpty(at)) return false;
    // With the first change the overlay has it in the layer, too.
    if (at !== "/") this.#target.change(at, { mode });
    return true;
  }

  #isEmpty(at: string): boolean {
    using directory = this.#target.locate(at, { directory: true });
    const names = opendirSync(directory.path);
    try {
      return names.readSync() === null;
    } finally {
      names.closeSync();
    }
  }

  /**
   * Directories of the source on the way to a file (`--parents`), the outermost first. One that is there gets the source's
   * mode, whatever `--chmod` says, and keeps its owner, as with BuildKit.
   */
  makeLike(directories: readonly Entry[], top: string): void {
    for (const entry of directories) {
      const at = path.posix.join(top, entry.path);
      if (this.#visited.has(at)) continue;
      this.#visited.add(at);
      if (this.#target.exists(at)) {
        this.#checkDirectory(at);
        this.#target.change(at, { mode: entry.stat.mode });
      } else {
        this.#target.makeDirectory(at, { mode: 0o755, ...this.#ownerOf(entry) });
        this.#target.change(at, { mode: this.#modeOf(entry) });
      }
    }
  }

  /**
   * @param top where the entry with the empty path goes; its parent exists, and it is resolved
   * @param options.contents the top itself is not copied: it is made like any parent where there is none
   */
  async write(entries: readonly Entry[], top: string, options: { contents: boolean }): Promise<void> {
    const directories: { at: string; entry: Entry }[] = [];
    for (const entry of entries) {
      if (this.#pace.due) await this.#pace.rest();
      throwIfAborted(this.#options.signal);
      const at = entry.path === "" ? top : `${top === "/" ? "" : top}/${entry.path}`;
      if (entry.stat.kind === "directory") {
        if (this.#writeDirectory(entry, at, options.contents)) {
          directories.push({ at, entry });
        }
      } else {
        await this.#writeOther(entry, at);
      }
    }
    // writing into a directory changes its times: set them last, the innermost first
    for (const { at, entry } of directories.toReversed()) {
      this.#target.change(at, { mtimeNs: entry.stat.mtimeNs });
    }
  }

  /** False: it does not get the source's attributes (only the top does not). */
  #writeDirectory(entry: Entry, at: string, contents: boolean): boolean {
    const exists = at === "/" || this.#target.exists(at);
    if (exists) {
      if (at !== "/") this.#checkDirectory(at);
      if (entry.path === "") {
        return false;
      }
    } else if (entry.path === "" && contents) {
      this.makeParents(at);
      return false;
    } else {
      this.#target.makeDirectory(at, { mode: 0o755, uid: 0, gid: 0 });
    }
    const { uid, gid } = this.#ownerOf(entry);
    this.#target.change(at, { uid, gid });
    this.#target.change(at, { mode: this.#modeOf(entry) });
    this.#visited.add(at);
    return true;
  }

  #checkDirectory(at: string): void {
    const { kind } = this.#target.lstat(at);
    if (kind === "directory") return;
    const what = kind === "symlink" ? "a symbolic link" : `a ${kind}`;
    throw new FailedPrecondition(
      `cannot copy to non-directory: ${at} is ${what} in the image, and the source has a directory of that name`,
    );
  }

  async #writeOther(entry: Entry, at: string): Promise<void> {
    const { fd } = this.#open(path.posix.dirname(at));
    const name = path.posix.basename(at);
    if (entry.stat.kind === "file" && entry.stat.nlink > 1) {
      const key = `${entry.stat.dev}:${entry.stat.ino}`;
      const first = this.#hardLinks.get(key);
      // several matches of one pattern may hold it
      if (first === at) return;
      if (first !== undefined) {
        this.#clear(fd, name, at);
        using from = this.#target.locate(path.posix.dirname(first), { directory: true });
        must("linkat", libc.linkat(from.fd, path.posix.basename(first), fd, name), at);
        return;
      }
      this.#hardLinks.set(key, at);
    }
    const { uid, gid } = this.#ownerOf(entry);
    if (entry.stat.kind === "file") {
      await this.#writeFile(entry, fd, name, at);
      this.#copyXattrs(entry, fd, name);
      return;
    }
    if (entry.stat.kind === "symlink") {
      this.#clear(fd, name, at);
      must("symlinkat", libc.symlinkat(entry.link ?? "", fd, name), at);
      must("lchown", libc.lchownat(fd, name, uid, gid), at);
    } else {
      this.#clear(fd, name, at);
      this.#writeNode(entry, fd, name, at);
      must("lchown", libc.lchownat(fd, name, uid, gid), at);
    }
    this.#copyXattrs(entry, fd, name);
    must("utimensat", libc.lutimesat(fd, name, entry.stat.mtimeNs, entry.stat.mtimeNs), at);
  }

  async #writeFile(entry: Entry, fd: number, name: string, at: string): Promise<void> {
    const from = openEntry(this.#source, entry, !this.#options.layer);
    try {
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
      const permissions = this.#modeOf(entry) & 0o777;
      let to = libc.openat(fd, name, flags, permissions);
      if (to === -errno.EEXIST) {
        this.#clear(fd, name, at);
        to = libc.openat(fd, name, flags, permissions);
      }
      must("openat", to, at);
      try {
        if (entry.stat.size <= inlineBytes) {
          for (const piece of shortPieces(from, entry.stat.size)) writeAll(to, piece);
        } else {
          await copyPieces(from, to, this.#options.signal);
        }
        this.#dress(to, entry);
        must("futimens", libc.futimens(to, entry.stat.mtimeNs, entry.stat.mtimeNs), at);
      } finally {
        closeSync(to);
      }
    } finally {
      closeSync(from);
    }
  }

  /** Owner and mode of a new file, as far as it was not made with them: each change is work for the file system's journal. */
  #dress(file: number, entry: Entry): void {
    const { uid, gid } = this.#ownerOf(entry);
    const mode = this.#modeOf(entry);
    const made = fstat(file);
    const isTheirs = made.uid === uid && made.gid === gid;
    if (!isTheirs) fchownSync(file, uid, gid);
    // another owner takes the set-id bits away
    if (!isTheirs || made.mode !== mode) fchmodSync(file, mode);
  }

  #writeNode(entry: Entry, fd: number, name: string, at: string): void {
    const bits = kindBits[entry.stat.kind];
    if (bits === undefined || (!this.#options.layer && entry.stat.kind !== "fifo")) {
      throw new InvalidArgument(`${entry.source} is a ${entry.stat.kind} device, which cannot be copied`);
    }
    must("mknodat", libc.mknodat(fd, name, bits | this.#modeOf(entry), entry.stat.rdev), at);
    must("fchmodat", libc.chmodat(fd, name, this.#modeOf(entry)), at);
  }

  /** File capabilities and user attributes of layers; those of a context are whatever the editor's disk has. */
  #copyXattrs(entry: Entry, fd: number, name: string): void {
    if (!this.#options.layer) {
      return;
    }
    using from = this.#source.locate(path.posix.dirname(entry.source), { directory: true });
    const file = `${from.path}/${path.posix.basename(entry.source)}`;
    for (const attribute of libc.listXattrs(file)) {
      const value = libc.getXattr(file, attribute);
      if (value !== undefined && (attribute === "security.capability" || attribute.startsWith("user."))) {
        must("setxattr", libc.setXattr(`/proc/self/fd/${fd}/${name}`, attribute, value), entry.source);
      }
    }
  }

  /** Makes room for a file: one that is there is replaced, a directory is not. */
  #clear(fd: number, name: string, at: string): void {
    const removed = libc.unlinkat(fd, name);
    if (removed >= 0 || removed === -errno.ENOENT) {
      return;
    }
    if (this.#target.lstat(at).kind === "directory") {
      throw new FailedPrecondition(`cannot copy a file to ${at}: it is a directory in the image`);
    }
    must("unlinkat", removed, at);
  }

  #open(directory: string): SafeHandle {
    if (this.#directory?.path !== directory) {
      this.#directory?.handle.close();
      this.#directory = undefined;
      this.#directory = { path: directory, handle: this.#target.locate(directory, { directory: true }) };
    }
    return this.#directory.handle;
  }

  #ownerOf(entry: Entry): { uid: number; gid: number } {
    const { owner, layer } = this.#options;
    return owner ?? (layer ? { uid: entry.stat.uid, gid: entry.stat.gid } : { uid: 0, gid: 0 });
  }

  #modeOf(entry: Entry): number {
    const { mode } = this.#options;
    return mode === undefined ? entry.stat.mode : mode(entry.stat.mode, entry.stat.kind === "directory");
  }
}

function writeAll(to: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) {
    written += writeSync(to, bytes, written, bytes.length - written);
  }
}

function must(call: string, result: number, what: string): number {
  if (result < 0) {
    throw callError(call, result, what);
  }
  return result;
}
