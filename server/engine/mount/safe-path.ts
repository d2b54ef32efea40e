import { randomBytes } from "node:crypto";
import { closeSync, constants, fchmodSync, fchownSync, readlinkSync, readSync, writeSync } from "node:fs";
import { posix } from "node:path";
import { completed } from "../concurrency/thread-time.ts";
import { InvalidArgument, NotFound, OutOfRange } from "../errdefs/errors.ts";
import { type DirectoryEntry, entriesOf } from "./directory-entries.ts";
import { callError, errno, errnoCode, fileError } from "./errno.ts";
import * as libc from "./libc.ts";
import { removeTree } from "./remove-tree.ts";
import { handleOf, hostPathOf, must, type SafeHandle } from "./safe-handle.ts";
import { type FileKind, fstat, type SafeStat } from "./safe-stat.ts";

export type { FileKind, SafeStat } from "./safe-stat.ts";

export interface NewFile {
  /** permission bits, exact (no umask) */
  mode?: number;
  /** ids as seen in this root on the host; default: those of the root directory */
  uid?: number;
  gid?: number;
}

/** Followed links resolve within the root, as if by chroot; links of /proc, which jump anywhere, do not. */
const inRoot = libc.RESOLVE_IN_ROOT | libc.RESOLVE_NO_MAGICLINKS;

/**
 * The files beneath one directory that somebody else may change at any time: a container's root, a workspace, a build
 * context. Nothing here leaves the directory, whatever links it holds and however they change meanwhile: paths are
 * resolved by the kernel (openat2(2), RESOLVE_IN_ROOT), where `/` and `..` end at the root and absolute links start
 * at it, and what is done next is done on the file descriptor.
 *
 * Paths are relative to the root (a leading `/` is ignored) and normalised as text first, as Docker does: `a/../b`
 * is `b`. "Follows" tells whether a link at the end of the path is resolved; links on the way always are.
 * Names that are not UTF-8 come as strings that `encodeName` in `libc.ts` turns back into their bytes.
 *
 * Do: `using root = new SafeRoot(dir)`, or close it. Calls are synchronous except `remove`.
 * Errors: NotFound, AlreadyExists, InvalidArgument (wrong kind of file, too many links), PermissionDenied,
 * ResourceExhausted (disk full), each with the path as the caller gave it.
 */
export class SafeRoot implements Disposable {
  readonly dir: string;
  readonly #fd: number;

  /** @throws NotFound, InvalidArgument (not a directory) */
  constructor(dir: string) {
    this.dir = dir;
    this.#fd = libc.openat(libc.AT_FDCWD, dir, libc.O_PATH | constants.O_DIRECTORY);
    if (this.#fd < 0) {
      throw callError("openat", this.#fd, dir);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Opens any kind of file for its place only (O_PATH): nothing is read, no FIFO blocks, no device wakes.
   * Follows unless `follow` is false.
   */
  locate(path: string, options: { follow?: boolean; directory?: boolean } = {}): SafeHandle {
    const flags =
      libc.O_PATH |
      (options.follow === false ? constants.O_NOFOLLOW : 0) |
      (options.directory === true ? constants.O_DIRECTORY : 0);
    return handleOf(this.#open(path, flags));
  }

  /** The host's path of `path` with all links resolved: for a mount source. Another may rename it meanwhile. */
  hostPath(path: string): string {
    using at = this.locate(path);
    return hostPathOf(at, path);
  }

  /** `path` with all links resolved, as an absolute path within the root: `/usr/lib` for `/lib`. */
  realPath(path: string): string {
    const root = libc.decodeName(readlinkSync(`/proc/self/fd/${this.#fd}`, { encoding: "buffer" }));
    const real = this.hostPath(path);
    if (real !== root && !real.startsWith(root === "/" ? "/" : `${root}/`)) {
      throw new NotFound(`${path}: moved away while it was looked up`);
    }
    return root === "/" ? real : real.slice(root.length) || "/";
  }

  /** Follows. */
  stat(path: string): SafeStat {
    using at = this.locate(path);
    return fstat(at.fd);
  }

  /** Does not follow. */
  lstat(path: string): SafeStat {
    using at = this.locate(path, { follow: false });
    return fstat(at.fd);
  }

  /** Whether something is there, a dangling link included. */
  exists(path: string): boolean {
    try {
      this.lstat(path);
      return true;
    } catch (error) {
      if (["ENOENT", "ENOTDIR", "ELOOP"].includes(errnoCode(error) ?? "")) {
        return false;
      }
      throw error;
    }
  }

  /** The target of a link, as written. @throws InvalidArgument (not a link) */
  readLink(path: string): string {
    using at = this.locate(path, { follow: false });
    try {
      // An empty name reads the link that the descriptor itself is open on (readlinkat(2)).
      return libc.readLinkOf(at.fd);
    } catch (error) {
      throw fileError(path, error);
    }
  }

  /** Sorted by name. Follows. */
  list(path: string): DirectoryEntry[] {
    return completed(this.listPieces(path));
  }

  /** `list` in steps, between which the caller can pause: a directory may have any number of names. */
  *listPieces(path: string): Generator<undefined, DirectoryEntry[]> {
    using at = this.locate(path, { directory: true });
    return yield* entriesOf(at.fd);
  }

  /**
   * Opens a regular file for reading; follows. The descriptor suits `createReadStream("", { fd })`.
   * @throws InvalidArgument for anything but a regular file (a FIFO would block, a device would act)
   */
  openFile(path: string): SafeHandle {
    using at = this.locate(path);
    const stat = fstat(at.fd);
    if (stat.kind !== "file") {
      throw new InvalidArgument(`${path} is ${articles[stat.kind]}, not a regular file`);
    }
    const fd = libc.openat(libc.AT_FDCWD, at.path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (fd < 0) {
      throw callError("openat", fd, path);
    }
    return handleOf(fd);
  }

  /**
   * Opens for reading what was found to be a regular file, in one call; does not follow. It may be something else by now, none
   * of which blocks: the caller looks at what it has opened.
   * @param path as a walk has it: relative and normalised
   */
  openFound(path: string): SafeHandle {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    return handleOf(this.#openName(path, flags, path));
  }

  /** The whole file. @throws OutOfRange above `limit` bytes (default 4 MiB) */
  readFile(path: string, limit = 4 << 20): Buffer {
    using file = this.openFile(path);
    const { size } = fstat(file.fd);
    const buffer = Buffer.alloc(Math.min(size, limit) + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(file.fd, buffer, length, buffer.length - length, null);
    }
    if (length > limit) {
      throw new OutOfRange(`${path} is larger than ${limit} bytes`);
    }
    return buffer.subarray(0, length);
  }

  /**
   * Writes the whole file: the new content appears at once, by a rename. Follows a link to an existing file; mode and
   * owner of an existing file stay unless given. Parents must exist (`makeDirectory`).
   */
  writeFile(path: string, data: Uint8Array | string, options: NewFile = {}): void {
    const existing = this.exists(path) ? this.#tryStat(path) : undefined;
    if (existing !== undefined && existing.kind !== "file") {
      throw new InvalidArgument(`${path} is ${articles[existing.kind]}, not a regular file`);
    }
    const owner = existing ?? fstat(this.#fd);
    using parent = this.#parent(existing === undefined ? path : this.realPath(path));
    const temporary = `.${randomBytes(9).toString("base64url")}.tmp`;
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const fd = libc.openat(parent.fd, temporary, flags, 0o600);
    if (fd < 0) {
      throw callError("openat", fd, path);
    }
    try {
      writeAll(fd, typeof data === "string" ? Buffer.from(data) : data);
      fchownSync(fd, options.uid ?? owner.uid, options.gid ?? owner.gid);
      fchmodSync(fd, options.mode ?? existing?.mode ?? 0o644);
      must("renameat", libc.renameat2(parent.fd, temporary, parent.fd, parent.name), path);
    } catch (error) {
      libc.unlinkat(parent.fd, temporary);
      throw fileError(path, error);
    } finally {
      closeSync(fd);
    }
  }

  /**
   * With `parents`, those missing are made too, and an existing directory is fine. What is made in a set-group-id directory is
   * one, too, as with mkdir(2). @throws AlreadyExists
   */
  makeDirectory(path: string, options: NewFile & { parents?: boolean } = {}): void {
    const names = split(path);
    const owner = fstat(this.#fd);
    for (let depth = options.parents === true ? 1 : names.length; depth <= names.length; depth++) {
      const piece = names.slice(0, depth).join("/");
      using parent = this.#parent(piece);
      const made = libc.mkdirat(parent.fd, parent.name, 0o700);
      if (made === -errno.EEXIST && options.parents === true) {
        this.locate(piece, { directory: true }).close();
        continue;
      }
      must("mkdirat", made, path);
      must("fchownat", libc.lchownat(parent.fd, parent.name, options.uid ?? owner.uid, options.gid ?? owner.gid), path);
      using at = handleOf(must("openat", libc.openat(parent.fd, parent.name, directoryFlags), path));
      fchmodSync(at.fd, (options.mode ?? 0o755) | (fstat(at.fd).mode & setGroupId));
    }
  }

  /** @throws AlreadyExists */
  makeLink(path: string, target: string, options: NewFile = {}): void {
    const owner = fstat(this.#fd);
    using parent = this.#parent(path);
    must("symlinkat", libc.symlinkat(target, parent.fd, parent.name), path);
    must("fchownat", libc.lchownat(parent.fd, parent.name, options.uid ?? owner.uid, options.gid ?? owner.gid), path);
  }

  /** Renames the entry itself, not what a link points to. @throws AlreadyExists unless `replace` */
  rename(from: string, to: string, options: { replace?: boolean } = {}): void {
    using source = this.#parent(from);
    using target = this.#parent(to);
    const flags = options.replace === true ? 0 : libc.RENAME_NOREPLACE;
    const result = libc.renameat2(source.fd, source.name, target.fd, target.name, flags);
    must("renameat2", result, result === -errno.EEXIST ? to : `${from} → ${to}`);
  }

  /**
   * Moves an entry of another root of the same file system here, over what is at `to` (rename(2)).
   * @throws AlreadyExists unless `replace`
   */
  moveIn(other: SafeRoot, from: string, to: string, { replace = true } = {}): void {
    using source = other.#parent(from);
    using target = this.#parent(to);
    const flags = replace ? 0 : libc.RENAME_NOREPLACE;
    must("renameat2", libc.renameat2(source.fd, source.name, target.fd, target.name, flags), to);
  }

  /** Removes the entry itself, not what a link points to; a directory with all in it if `recursive`. @throws NotFound, Conflict (not empty) */
  async remove(path: string, options: { recursive?: boolean } = {}): Promise<void> {
    using parent = this.#parent(path);
    const removed = libc.unlinkat(parent.fd, parent.name);
    if (removed !== -errno.EISDIR) {
      must("unlinkat", removed, path);
      return;
    }
    const emptied = libc.unlinkat(parent.fd, parent.name, libc.AT_REMOVEDIR);
    if (emptied !== -errno.ENOTEMPTY || options.recursive !== true) {
      must("unlinkat", emptied, path);
      return;
    }
    await removeTree(parent.fd, parent.name, path);
  }

  /**
   * Changes of one entry itself, a link not followed (mode is skipped for links). Times in ns since the epoch.
   */
  change(path: string, changes: { mode?: number; uid?: number; gid?: number; mtimeNs?: bigint }): void {
    using parent = this.#parent(path);
    const stat = this.lstat(path);
    if (changes.uid !== undefined || changes.gid !== undefined) {
      const uid = changes.uid ?? stat.uid;
      must("fchownat", libc.lchownat(parent.fd, parent.name, uid, changes.gid ?? stat.gid), path);
    }
    if (changes.mode !== undefined && stat.kind !== "symlink") {
      using at = this.locate(path, { follow: false });
      must("fchmodat", libc.chmodat(libc.AT_FDCWD, at.path, changes.mode), path);
    }
    if (changes.mtimeNs !== undefined) {
      must("utimensat", libc.lutimesat(parent.fd, parent.name, changes.mtimeNs, changes.mtimeNs), path);
    }
  }

  #tryStat(path: string): SafeStat | undefined {
    try {
      return this.stat(path);
    } catch (error) {
      if (errnoCode(error) === "ENOENT") {
        return undefined;
      }
      throw error;
    }
  }

  /** The directory that holds `path`'s last name, opened, and that name. */
  #parent(path: string): SafeHandle & { name: string } {
    const names = split(path);
    const name = names.pop();
    if (name === undefined) {
      throw new InvalidArgument(`${path || "/"}: the root itself cannot be made, changed or removed`);
    }
    const opened = handleOf(this.#open(names.join("/"), libc.O_PATH | constants.O_DIRECTORY, path));
    return Object.assign(opened, { name });
  }

  #open(path: string, flags: number, shown = path): number {
    return this.#openName(split(path).join("/") || ".", flags, shown);
  }

  #openName(name: string, flags: number, shown: string): number {
    for (let attempt = 0; ; attempt++) {
      const fd = libc.openat2(this.#fd, name, flags, 0, inRoot);
      if (fd >= 0) {
        return fd;
      }
      // EAGAIN: a rename on the way made the kernel give up on proving that it stayed inside.
      if (fd !== -errno.EAGAIN || attempt > 100) {
        throw callError("openat2", fd, shown);
      }
    }
  }
}

const setGroupId = 0o2000;

/** A `gid` that leaves what is made in the group that the kernel gives it: its maker's, or that of a set-group-id directory. */
export const kernelsGroup = 0xffff_ffff;

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

const articles: Record<FileKind, string> = {
  file: "a file",
  directory: "a directory",
  symlink: "a symbolic link",
  fifo: "a FIFO",
  socket: "a socket",
  block: "a block device",
  character: "a character device",
};

/** The names in `path`, normalised as text; none leads upwards. */
function split(path: string): string[] {
  if (path.includes("\0")) {
    throw new InvalidArgument(`the path ${JSON.stringify(path)} holds a NUL byte, which no path may`);
  }
  return posix.normalize(`/${path}`).split("/").filter(Boolean);
}

function writeAll(fd: number, data: Uint8Array): void {
  for (let at = 0; at < data.length;) {
    at += writeSync(fd, data, at, data.length - at);
  }
}
