import { closeSync, constants, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { DataLoss, OutOfRange } from "../errdefs/errors.ts";
import { errnoCode, fileError } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";
import { fstat } from "../mount/safe-stat.ts";
import { openRoot } from "./layer-tar.ts";
import { type ArchiveTap, TarStream } from "./tar-stream.ts";

/*
 * A split file is an archive without the content of its files, which is in the snapshot: what is needed to make the
 * very same bytes again. It is a row of frames, each a length (4 bytes, little-endian) and deflated records; a record
 * is a type (1 byte), a length (4 bytes) and a body: bytes as they are in the archive, or the size (8 bytes) and the
 * path of a file whose content comes here.
 */
const rawRecord = 0;
const contentRecord = 1;
const frameSize = 1 << 20;
/** Most layers are small. */
const firstRoom = 1 << 14;
/** Bytes of a record before its body. */
const recordHead = 5;
const maxFrame = 64 << 20;

/** Writes a split file while an archive passes. `commit` makes it appear; `discard` drops it. */
export class SplitWriter implements ArchiveTap {
  readonly #path: string;
  readonly #temporary: string;
  /** undefined once it is closed */
  #fd: number | undefined;
  /** bytes of file contents and of symbolic links' targets so far: what a file system gives as their sizes */
  contentBytes = 0;
  /** the frame being gathered, and how much of it there is */
  #frame = Buffer.allocUnsafe(firstRoom);
  #size = 0;
  /** where in it the record of bytes as they are begins, while it may grow */
  #rawAt: number | undefined;
  readonly #maxBytes: number;

  /** @param maxBytes of all files' contents together */
  constructor(path: string, maxBytes = Infinity) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#temporary = `${path}.tmp`;
    try {
      this.#fd = openSync(this.#temporary, "w", 0o600);
    } catch (error) {
      throw fileError(this.#temporary, error);
    }
  }

  raw(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#rawAt ??= this.#beginRecord(rawRecord, bytes.length);
    // The caller's bytes are valid during the call only.
    this.#put(bytes);
    if (this.#size >= frameSize) this.#endRaw();
  }

  /** Called before the content is read, which may be terabytes of nothing. @throws OutOfRange */
  content(path: string, size: number): void {
    this.contentBytes += size;
    if (this.contentBytes > this.#maxBytes) {
      throw new OutOfRange(
        `${path.slice(0, 200)}: a layer's files have ${this.#maxBytes} bytes together at most, also where they are empty`,
      );
    }
    this.#endRaw();
    const name = libc.nameBytes(path);
    const at = this.#beginRecord(contentRecord, 8 + name.length);
    this.#size = this.#frame.writeBigUInt64LE(BigInt(size), this.#size);
    this.#put(name);
    this.#endRecord(at);
  }

  symlink(target: string): void {
    this.contentBytes += libc.nameBytes(target).length;
  }

  commit(): void {
    this.#endRaw();
    this.#endFrame();
    try {
      this.#close();
      renameSync(this.#temporary, this.#path);
    } catch (error) {
      throw fileError(this.#path, error);
    }
  }

  /** Also after a `commit` that failed. */
  discard(): void {
    this.#close();
    rmSync(this.#temporary, { force: true });
  }

  /** Once: its number may be another file's by then. */
  #close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }

  #endRaw(): void {
    if (this.#rawAt !== undefined) this.#endRecord(this.#rawAt);
    this.#rawAt = undefined;
  }

  /** @param size of its body at first @returns where it begins */
  #beginRecord(type: number, size: number): number {
    const at = this.#size;
    this.#reserve(recordHead + size);
    this.#frame[at] = type;
    this.#size += recordHead;
    return at;
  }

  #endRecord(at: number): void {
    this.#frame.writeUInt32LE(this.#size - at - recordHead, at + 1);
    if (this.#size >= frameSize) this.#endFrame();
  }

  #put(bytes: Buffer): void {
    this.#reserve(bytes.length);
    this.#size += bytes.copy(this.#frame, this.#size);
  }

  #reserve(size: number): void {
    const needed = this.#size + size;
    if (needed <= this.#frame.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#frame.length));
    this.#frame.copy(larger, 0, 0, this.#size);
    this.#frame = larger;
  }

  #endFrame(): void {
    if (this.#size === 0) {
      return;
    }
    const body = deflateRawSync(this.#frame.subarray(0, this.#size), { level: 1 });
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length);
    const frame = Buffer.concat([length, body]);
    try {
      for (let at = 0; at < frame.length;) {
        at += writeSync(this.#fd ?? -1, frame, at);
      }
    } catch (error) {
      throw fileError(this.#path, error);
    }
    this.#size = 0;
  }
}

/**
 * The archive again, from the split file at `path` and the snapshot directory `dir`.
 * @throws DataLoss when a file is missing or has another size (its content is for the caller's digest to check)
 */
export function* joinSplit(path: string, dir: string): Generator<Buffer, void> {
  const root = openRoot(dir);
  const tar = new TarStream();
  try {
    for (const { type, body } of records(path)) {
      if (type === rawRecord) {
        yield body;
      } else {
        yield* content(tar, root, libc.decodeName(body.subarray(8)), Number(body.readBigUInt64LE()));
      }
    }
  } finally {
    closeSync(root);
  }
}

/** Yields whole pieces: what is staged of one file is not left for later bytes. */
function* content(tar: TarStream, root: number, path: string, size: number): Generator<Buffer> {
  const fd = libc.openat2(
    root,
    path,
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    0,
    libc.RESOLVE_IN_ROOT | libc.RESOLVE_NO_MAGICLINKS,
  );
  if (fd < 0) {
    throw new DataLoss(`the layer's file ${path} is missing`);
  }
  try {
    const stat = fstat(fd);
    if (stat.kind !== "file" || stat.size !== size) {
      throw new DataLoss(`the layer's file ${path} has been changed`);
    }
    yield* tar.content(fd, size);
    yield* tar.flush();
  } finally {
    closeSync(fd);
  }
}

function* records(path: string): Generator<{ type: number; body: Buffer }> {
  for (const frame of frames(path)) {
    for (let at = 0; at < frame.length;) {
      const end = at + recordHead + frame.readUInt32LE(at + 1);
      yield { type: frame[at] ?? 0, body: frame.subarray(at + recordHead, end) };
      at = end;
    }
  }
}

function* frames(path: string): Generator<Buffer> {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    throw errnoCode(error) === "ENOENT"
      ? new DataLoss("the layer's archive cannot be made again: what was noted of it is lost", { cause: error })
      : fileError(path, error);
  }
  const head = Buffer.alloc(4);
  try {
    while (readSync(fd, head, 0, 4, null) === 4) {
      const length = head.readUInt32LE();
      const body = Buffer.alloc(Math.min(length, maxFrame));
      if (length > maxFrame || readSync(fd, body, 0, length, null) !== length) {
        throw new DataLoss(`${path} is damaged`);
      }
      yield inflateRawSync(body);
    }
  } finally {
    closeSync(fd);
  }
}
