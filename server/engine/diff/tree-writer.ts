import { hash } from "node:crypto";
import { closeSync, constants, fchmodSync, fchownSync, ftruncateSync, writeSync } from "node:fs";
import { posix } from "node:path";
import { InvalidArgument, isEngineError, OutOfRange, PermissionDenied } from "../errdefs/errors.ts";
import { tooManyBytes } from "../errdefs/too-many-bytes.ts";
import { callError, errno, fileError } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";
import { fdPath, fstat, lstatAt, type SafeStat } from "../mount/safe-stat.ts";
import { writeXattrs } from "./file-attributes.ts";
import { deviceNumber, type TarHeader } from "./tar/tar-header.ts";
import type { TarSink } from "./tar/tar-reader.ts";
import { removeBeneath, safePath, statIfThere } from "./tree-paths.ts";

/** What unpacking may do. */
export interface TreeWriterOptions {
  /** Ids on disk are those of the archive plus this (default 0). */
  hostBase?: number;
  /** All files become these ids' (before `hostBase` is added) instead of the archive's. */
  owner?: { uid: number; gid: number };
  /** Device nodes: made, passed over, or refused (default). */
  devices?: "make" | "skip" | "refuse";
  /**
   * Refuse to put a directory where something else is, or the reverse (Docker's noOverwriteDirNonDir): what the errors
   * call the root.
   */
  keepKinds?: string;
  /** What must not be replaced (something is mounted there): absolute paths, and what the root is among them. */
  keep?: { paths: ReadonlySet<string>; root: string };
  /** The root stays as it is, whatever the archive says of it. */
  keepRoot?: boolean;
  /** @throws OutOfRange (from `entry` or `data`) beyond these: bytes of content, number of entries */
  limits?: { bytes?: number; entries?: number };
  /** Mode and ids for directories that entries need but the archive does not have; default 0755 of id 0 */
  implied?: (path: string) => { mode: number; uid: number; gid: number } | undefined;
  /** Told of each file as it is on disk now, and, where it came in one piece, the sha256 of its content, hexadecimal. */
  onWritten?: (stat: SafeStat, sha256?: string) => void;
}

/** openat2(2): links resolve within the tree, links of /proc not at all. */
const inTree = libc.RESOLVE_IN_ROOT | libc.RESOLVE_NO_MAGICLINKS;
const openDirectories = 32;

/**
 * Puts the entries of an archive into a directory, trusting nothing in it: names that lead upwards are refused, and
 * every parent is opened by the kernel as if the directory were the root of all (openat2(2)), so that links, those in
 * the archive and those that others make meanwhile, lead nowhere else. Links are stored as they are.
 *
 * Call `entry`, `data`, `end` as a `TarSink` (and `close` at last, also after a failure); `finish` sets the times of
 * directories, which later entries would change.
 * @throws InvalidArgument (hostile or impossible entry), PermissionDenied (device), OutOfRange (limits), ResourceExhausted
 */
export class TreeWriter implements TarSink {
  readonly #root: number;
  readonly #options: TreeWriterOptions;
  /** parents in use, most recent last; dropped whenever a name that may be on their path changes */
  readonly #parents = new Map<string, number>();
  /** parents dropped while an entry may still be using them; closed before the next */
  readonly #dropped: number[] = [];
  readonly #directoryTimes = new Map<string, bigint>();
  #file: { fd: number; header: TarHeader; parent: number; name: string; sha256?: string } | undefined;
  #bytes = 0;
  #entries = 0;

  constructor(root: string, options: TreeWriterOptions = {}) {
    this.#options = options;
    this.#root = libc.openat(libc.AT_FDCWD, root, libc.O_PATH | constants.O_DIRECTORY);
    if (this.#root < 0) {
      throw callError("openat", this.#root, root);
    }
  }

  entry(header: TarHeader): void {
    this.beginEntry(header);
    const path = safePath(header.name);
    if (path === "") {
      this.#rootEntry(header);
      return;
    }
    try {
      this.#place(path, header);
    } catch (error) {
      throw isEngineError(error) ? error : fileError(`unpacking ${header.name}`, error);
    }
  }

  data(piece: Buffer, offset: number): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#bytes += piece.length;
    if (this.#bytes > (this.#options.limits?.bytes ?? Infinity)) {
      throw tooManyBytes(`the archive unpacks to more than ${this.#options.limits?.bytes} bytes`);
    }
    const isWhole = piece.length === file.header.size;
    if (isWhole && this.#options.onWritten !== undefined) file.sha256 = hash("sha256", piece);
    try {
      for (let at = 0; at < piece.length;) {
        at += writeSync(file.fd, piece, at, piece.length - at, offset + at);
      }
    } catch (error) {
      throw fileError(`unpacking ${file.header.name}`, error);
    }
  }

  end(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    const { fd, header, parent, name, sha256 } = file;
    try {
      this.#dress(fd, header);
      writeXattrs(parent, name, header.xattrs);
      this.#must("futimens", libc.futimens(fd, header.mtimeNs, header.mtimeNs), header.name);
      this.#options.onWritten?.(fstat(fd), sha256);
    } catch (error) {
      throw fileError(`unpacking ${header.name}`, error);
    } finally {
      closeSync(fd);
    }
  }

  /** Size, owner and mode of a new file, as far as it has others: each change is work for the file system's journal. */
  #dress(fd: number, header: TarHeader): void {
    const made = fstat(fd);
    if (made.size < header.size) ftruncateSync(fd, header.size);
    const { uid, gid } = this.ownerOf(header);
    const isTheirs = made.uid === uid && made.gid === gid;
    if (!isTheirs) fchownSync(fd, uid, gid);
    // another owner takes the set-id bits away
    if (!isTheirs || made.mode !== header.mode) fchmodSync(fd, header.mode);
  }

  /** Whether content is going into a file now (and not passed over). */
  get writing(): boolean {
    return this.#file !== undefined;
  }

  /** Sets the times of directories. After the last entry. */
  finish(): void {
    for (const [path, mtimeNs] of [...this.#directoryTimes].toReversed()) {
      this.#closeDropped();
      const { parent, name } = this.locate(path);
      if (statIfThere(parent, name)?.kind === "directory") {
        this.#must("utimensat", libc.lutimesat(parent, name, mtimeNs, mtimeNs), path);
      }
    }
  }

  close(): void {
    if (this.#file !== undefined) {
      closeSync(this.#file.fd);
      this.#file = undefined;
    }
    this.#forgetParents();
    this.#closeDropped();
    closeSync(this.#root);
  }

  /** The open parent directory of `path` (valid until the next entry) and its last name; missing parents are made. */
  locate(path: string): { parent: number; name: string } {
    const slash = path.lastIndexOf("/");
    const parent = slash < 0 ? this.#root : this.#directory(path.slice(0, slash));
    return { parent, name: path.slice(slash + 1) };
  }

  ownerOf(header: TarHeader): { uid: number; gid: number } {
    const base = this.#options.hostBase ?? 0;
    const { uid, gid } = this.#options.owner ?? header;
    if (uid < 0 || gid < 0 || uid + base >= 0xffffffff || gid + base >= 0xffffffff) {
      throw new InvalidArgument(`${header.name}: there is no user ${uid} or group ${gid}`);
    }
    return { uid: uid + base, gid: gid + base };
  }

  /** Removes whatever is there; directories with all in them. */
  removeTree(parent: number, name: string): void {
    this.#forgetParents();
    removeBeneath(parent, name);
  }

  /** Counts the entry against the limits, and closes what the one before it left open. */
  protected beginEntry(header: TarHeader): void {
    this.#closeDropped();
    this.#entries++;
    const { limits } = this.#options;
    if (this.#entries > (limits?.entries ?? Infinity)) {
      throw new OutOfRange(`the archive has more than ${limits?.entries} entries`);
    }
    if (this.#bytes + header.size > (limits?.bytes ?? Infinity)) {
      throw tooManyBytes(`${header.name}: the archive unpacks to more than ${limits?.bytes} bytes`);
    }
  }

  /** What is named like the directory itself and is none is passed over, as dockerd does. */
  #rootEntry(header: TarHeader): void {
    if (header.type !== "directory" || this.#options.keepRoot === true) {
      return;
    }
    this.#setAttributes(this.#root, ".", header);
    this.#must("utimensat", libc.lutimesat(this.#root, ".", header.mtimeNs, header.mtimeNs), header.name);
  }

  #place(path: string, header: TarHeader): void {
    const { parent, name } = this.locate(path);
    switch (header.type) {
      case "file":
        this.#file = { fd: this.#createFile(parent, name, header), header, parent, name };
        return;
      case "directory":
        this.#makeDirectory(parent, name, header);
        this.#directoryTimes.set(path, header.mtimeNs);
        return;
      case "link":
        this.#makeLink(parent, name, header);
        return;
      case "symlink":
        this.#create(parent, name, header, () => libc.symlinkat(header.linkName, parent, name));
        break;
      case "fifo":
        this.#create(parent, name, header, () => libc.mknodat(parent, name, 0o010600, 0n));
        break;
      case "block":
      case "character":
        if (!this.#makeDevice(parent, name, header)) {
          return;
        }
        break;
    }
    this.#setAttributes(parent, name, header);
    this.#must("utimensat", libc.lutimesat(parent, name, header.mtimeNs, header.mtimeNs), header.name);
  }

  #createFile(parent: number, name: string, header: TarHeader): number {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const { uid, gid } = this.ownerOf(header);
    // What will be another's is nobody else's until then.
    const permissions = uid === 0 && gid === 0 ? header.mode & 0o777 : 0o600;
    return this.#create(parent, name, header, () => libc.openat(parent, name, flags, permissions));
  }

  /** Runs `make`; if something is in the way, removes it and tries again. */
  #create(parent: number, name: string, header: TarHeader, make: () => number): number {
    let result = make();
    if (result === -errno.EEXIST) {
      const { keepKinds } = this.#options;
      if (keepKinds !== undefined && lstatAt(parent, name).kind === "directory") {
        const path = JSON.stringify(posix.join(keepKinds, header.name));
        throw new InvalidArgument(`cannot overwrite directory ${path} with non-directory ${JSON.stringify(keepKinds)}`);
      }
      const { keep } = this.#options;
      const at = posix.join(keep?.root ?? "/", header.name);
      if (keep?.paths.has(at) === true) {
        throw new InvalidArgument(`unlinkat ${at}: device or resource busy`);
      }
      this.removeTree(parent, name);
      result = make();
    }
    return this.#must("creating", result, header.name);
  }

  #makeDirectory(parent: number, name: string, header: TarHeader): void {
    let made = libc.mkdirat(parent, name, 0o700);
    if (made === -errno.EEXIST) {
      const existing = lstatAt(parent, name);
      if (existing.kind !== "directory") {
        const { keepKinds } = this.#options;
        if (keepKinds !== undefined) {
          const path = JSON.stringify(posix.join(keepKinds, header.name).replace(/\/$/, ""));
          throw new InvalidArgument(
            `cannot overwrite non-directory ${path} with directory ${JSON.stringify(keepKinds)}`,
          );
        }
        this.replaceWithDirectory(parent, name, existing);
      }
      made = 0;
    }
    this.#must("mkdirat", made, header.name);
    this.#setAttributes(parent, name, header);
  }

  /** Something else is where a directory is to be. */
  protected replaceWithDirectory(parent: number, name: string, _existing: SafeStat): void {
    this.removeTree(parent, name);
    this.#must("mkdirat", libc.mkdirat(parent, name, 0o700), name);
  }

  #makeLink(parent: number, name: string, header: TarHeader): void {
    const target = safePath(header.linkName);
    if (target === "") {
      throw new InvalidArgument(`${header.name} is a hard link to nothing`);
    }
    const source = this.locate(target);
    const existing = statIfThere(source.parent, source.name);
    if (existing === undefined || existing.kind === "directory") {
      throw new InvalidArgument(`${header.name} is a hard link to ${header.linkName}, which is no file in the archive`);
    }
    const at = statIfThere(parent, name);
    if (at !== undefined && at.ino === existing.ino && at.dev === existing.dev) {
      return;
    }
    this.#create(parent, name, header, () => libc.linkat(source.parent, source.name, parent, name));
  }

  #makeDevice(parent: number, name: string, header: TarHeader): boolean {
    const policy = this.#options.devices ?? "refuse";
    const device = deviceNumber(header.deviceMajor, header.deviceMinor);
    // 0:0 is overlayfs's mark for a deleted name, not a device.
    if (policy === "refuse" || (header.type === "character" && device === 0n)) {
      throw new PermissionDenied(`${header.name} is a device node, which archives may not bring in`);
    }
    if (policy === "skip") {
      return false;
    }
    const type = header.type === "block" ? 0o060600 : 0o020600;
    this.#create(parent, name, header, () => libc.mknodat(parent, name, type, device));
    return true;
  }

  #setAttributes(parent: number, name: string, header: TarHeader): void {
    const { uid, gid } = this.ownerOf(header);
    this.#must("fchownat", libc.lchownat(parent, name, uid, gid), header.name);
    if (header.type !== "symlink") {
      // Not a link: this process has just made it, or found a directory. Opened without following all the same.
      const fd = libc.openat(parent, name, libc.O_PATH | constants.O_NOFOLLOW);
      this.#must("openat", fd, header.name);
      try {
        const changed = fstat(fd).kind === "symlink" ? 0 : libc.chmodat(libc.AT_FDCWD, fdPath(fd), header.mode);
        this.#must("fchmodat", changed, header.name);
      } finally {
        closeSync(fd);
      }
    }
    writeXattrs(parent, name, header.xattrs);
  }

  #directory(path: string): number {
    const known = this.#parents.get(path);
    if (known !== undefined) {
      return known;
    }
    let fd = this.#openDirectory(path);
    if (fd === -errno.ENOENT) {
      this.#makeImplied(path);
      fd = this.#openDirectory(path);
    }
    if (fd < 0) {
      throw callError("openat2", fd, `unpacking into ${path}`);
    }
    if (this.#parents.size >= openDirectories) {
      this.#forgetParents();
    }
    this.#parents.set(path, fd);
    return fd;
  }

  #openDirectory(path: string): number {
    for (;;) {
      const fd = libc.openat2(this.#root, path, libc.O_PATH | constants.O_DIRECTORY, 0, inTree);
      if (fd !== -errno.EAGAIN) {
        return fd;
      }
    }
  }

  #makeImplied(path: string): void {
    const { parent, name } = this.locate(path);
    const made = libc.mkdirat(parent, name, 0o755);
    if (made === -errno.EEXIST) {
      throw new InvalidArgument(`unpacking into ${path}: it is a link to nothing`);
    }
    this.#must("mkdirat", made, path);
    const base = this.#options.hostBase ?? 0;
    const wanted = this.#options.implied?.(path) ?? { mode: 0o755, uid: 0, gid: 0, ...this.#options.owner };
    this.#must("fchownat", libc.lchownat(parent, name, wanted.uid + base, wanted.gid + base), path);
    const fd = this.#must("openat", libc.openat(parent, name, constants.O_DIRECTORY | constants.O_NOFOLLOW), path);
    try {
      fchmodSync(fd, wanted.mode);
    } finally {
      closeSync(fd);
    }
  }

  #forgetParents(): void {
    this.#dropped.push(...this.#parents.values());
    this.#parents.clear();
  }

  #closeDropped(): void {
    for (const fd of this.#dropped.splice(0)) {
      closeSync(fd);
    }
  }

  #must(call: string, result: number, what: string): number {
    if (result < 0) {
      throw callError(call, result, `unpacking ${what}`);
    }
    return result;
  }
}
