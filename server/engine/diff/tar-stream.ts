import { closeSync, constants, readlinkSync, readSync } from "node:fs";
import { callError, errno, errnoCode, fileError } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";
import { fdPath, fstat, type SafeStat } from "../mount/safe-stat.ts";
import { readXattrs } from "./file-attributes.ts";
import { deviceParts, type TarEntryType, type TarHeader } from "./tar/tar-header.ts";
import { encodeHeader, endOfArchive, padding } from "./tar/tar-writer.ts";

/** Takes notes of an archive while it is made: bytes as they are, or the content of a file by its path. */
export interface ArchiveTap {
  raw(bytes: Buffer): void;
  content(path: string, size: number): void;
  /** the entry is a symbolic link; its bytes come to `raw` */
  symlink(target: string): void;
}

export interface TarStreamOptions {
  /** Ids in the archive are those on disk minus this (default 0); ids below it become 65534. */
  hostBase?: number;
  /** All entries get these ids instead. */
  owner?: { uid: number; gid: number };
  /** All entries get this time instead. */
  mtimeNs?: bigint;
  /** Keep fractions of a second, at the price of a kilobyte per entry (default false) */
  subsecond?: boolean;
  /** root has its name, as in archives of docker cp and export; elsewhere ids are all (default false) */
  names?: boolean;
  /** Nobody changes the files meanwhile: what was found is not looked at again. */
  still?: boolean;
  /** What it is true of is not in the archive; asked of what has been opened, too. */
  leaveOut?: (stat: SafeStat) => boolean;
  tap?: ArchiveTap;
}

const stagingSize = 256 * 1024;
const nobody = 65534;

/**
 * Makes the bytes of an archive, in pieces of about 256 KiB: each method yields what is full, `finish` the rest. The
 * same files in the same order give the same bytes.
 */
export class TarStream {
  readonly #options: TarStreamOptions;
  /** first path of each file with several names */
  readonly #linked = new Map<string, string>();
  #staging = Buffer.allocUnsafe(stagingSize);
  #filled = 0;

  constructor(options: TarStreamOptions = {}) {
    this.#options = options;
  }

  /** Adds `name` in the directory `parent` as `path`. Sockets, and what vanished meanwhile, are passed over. */
  *add(path: string, parent: number, name: string, stat: SafeStat): Generator<Buffer> {
    if (stat.kind === "socket") {
      return;
    }
    const firstPath = this.#firstPath(path, stat);
    if (stat.kind === "file" && firstPath === undefined) {
      yield* this.#addFile(path, parent, name, stat);
      return;
    }
    let linkName = "";
    if (firstPath !== undefined) {
      linkName = firstPath;
    } else if (stat.kind === "symlink") {
      const target = readLink(parent, name, path);
      if (target === undefined) {
        return;
      }
      linkName = target;
      this.#options.tap?.symlink(target);
    }
    const type: TarEntryType = firstPath === undefined ? stat.kind : "link";
    yield* this.header({ ...this.#headerOf(path, parent, name, stat), type, linkName, size: 0 });
  }

  /** Adds an entry without content. */
  *header(header: TarHeader): Generator<Buffer> {
    const bytes = encodeHeader(header);
    this.#options.tap?.raw(bytes);
    yield* this.#put(bytes);
  }

  /** Ends the archive. */
  *finish(): Generator<Buffer> {
    this.#options.tap?.raw(endOfArchive);
    yield* this.#put(endOfArchive);
    yield* this.flush();
  }

  /** What is gathered so far. */
  *flush(): Generator<Buffer> {
    if (this.#filled > 0) {
      yield this.#take();
    }
  }

  *#addFile(path: string, parent: number, name: string, found: SafeStat): Generator<Buffer> {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const fd = libc.openat(parent, name, flags);
    if (fd === -errno.ENOENT || fd === -errno.ELOOP) {
      return;
    }
    if (fd < 0) {
      throw callError("openat", fd, path);
    }
    try {
      const stat = this.#options.still === true ? found : fstat(fd);
      if (stat.kind !== "file" || this.#options.leaveOut?.(stat) === true) {
        return;
      }
      const bare = !libc.hasXattrs(fd);
      const header: TarHeader = { ...this.#headerOf(path, parent, name, stat, bare), size: stat.size };
      yield* this.header(header);
      if (stat.size > 0) {
        this.#options.tap?.content(path, stat.size);
        yield* this.content(fd, stat.size);
        this.#options.tap?.raw(padding(stat.size));
        yield* this.#put(padding(stat.size));
      }
    } finally {
      closeSync(fd);
    }
  }

  /** `size` bytes of the open file; zeros where it has become shorter. */
  *content(fd: number, size: number): Generator<Buffer> {
    for (let at = 0; at < size;) {
      const room = Math.min(this.#staging.length - this.#filled, size - at);
      const read = readSync(fd, this.#staging, this.#filled, room, at);
      if (read === 0) {
        this.#staging.fill(0, this.#filled, this.#filled + room);
      }
      at += read === 0 ? room : read;
      this.#filled += read === 0 ? room : read;
      if (this.#filled === this.#staging.length) {
        yield this.#take();
      }
    }
  }

  /** @param bare it is known to have no extended attributes */
  #headerOf(path: string, parent: number, name: string, stat: SafeStat, bare = false): TarHeader {
    const device = stat.kind === "block" || stat.kind === "character" ? stat.rdev : 0n;
    const { major, minor } = deviceParts(device);
    const base = this.#options.hostBase ?? 0;
    const { uid, gid } = this.#options.owner ?? {
      uid: stat.uid >= base ? stat.uid - base : nobody,
      gid: stat.gid >= base ? stat.gid - base : nobody,
    };
    return {
      name: path,
      type: stat.kind as TarEntryType,
      mode: stat.mode,
      uid,
      gid,
      ...(this.#options.names === true
        ? { userName: uid === 0 ? "root" : "", groupName: gid === 0 ? "root" : "" }
        : {}),
      size: 0,
      mtimeNs: this.#options.mtimeNs ?? (this.#options.subsecond === true ? stat.mtimeNs : wholeSeconds(stat.mtimeNs)),
      linkName: "",
      deviceMajor: major,
      deviceMinor: minor,
      xattrs: !bare && (stat.kind === "file" || stat.kind === "directory") ? readXattrs(parent, name) : new Map(),
    };
  }

  #firstPath(path: string, stat: SafeStat): string | undefined {
    if (stat.nlink < 2 || stat.kind === "directory") {
      return undefined;
    }
    const key = `${stat.dev}:${stat.ino}`;
    const first = this.#linked.get(key);
    if (first === undefined) {
      this.#linked.set(key, path);
    }
    return first;
  }

  *#put(bytes: Buffer): Generator<Buffer> {
    for (let at = 0; at < bytes.length;) {
      const copied = bytes.copy(this.#staging, this.#filled, at);
      at += copied;
      this.#filled += copied;
      if (this.#filled === this.#staging.length) {
        yield this.#take();
      }
    }
  }

  #take(): Buffer {
    const full = this.#staging.subarray(0, this.#filled);
    // What is left over serves on: a small flush need not cost a whole buffer.
    const rest = this.#staging.subarray(this.#filled);
    this.#staging = rest.length >= stagingSize / 8 ? rest : Buffer.allocUnsafe(stagingSize);
    this.#filled = 0;
    return full;
  }
}

function wholeSeconds(ns: bigint): bigint {
  const rest = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return ns - rest;
}

/** Undefined if it is gone, or no link any more. */
function readLink(parent: number, name: string, path: string): string | undefined {
  try {
    return libc.decodeName(readlinkSync(fdPath(parent, name), { encoding: "buffer" }));
  } catch (error) {
    if (["ENOENT", "EINVAL"].includes(errnoCode(error) ?? "")) {
      return undefined;
    }
    throw fileError(path, error);
  }
}
