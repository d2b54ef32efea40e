import { closeSync, constants, mkdirSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { errno, fileError, SystemCallError } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";

const headerSize = 16;
const magic = 0x44444b31;

/**
 * The last bytes of a stream in a file of fixed size: the byte at absolute offset n is at n modulo the size. The
 * header holds the offset of the next byte, written after the data: after a crash the ring is as before the write or
 * as after it.
 */
export class OutputRing {
  readonly #path: string;
  readonly #size: number;
  /** undefined once it is removed: its number may be anybody's file by then */
  #file: number | undefined;
  #end = 0;

  /**
   * Opens it, or makes an empty one, with all the room it will need: a terminal goes on when the disk is full.
   * @param size bytes it keeps @throws DiskFull
   */
  constructor(path: string, size: number) {
    this.#path = path;
    this.#size = size;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
      const header = Buffer.alloc(headerSize);
      if (readSync(this.#file, header, 0, headerSize, 0) === headerSize && header.readUInt32BE(0) === magic) {
        this.#end = Number(header.readBigUInt64BE(8));
      } else {
        reserve(this.#file, headerSize + size);
      }
    } catch (error) {
      this.remove();
      throw fileError("what a terminal shows cannot be kept", error);
    }
  }

  /** Offset of the next byte. */
  get end(): number {
    return this.#end;
  }

  /** Offset of the oldest byte kept. */
  get start(): number {
    return Math.max(0, this.#end - this.#size);
  }

  /** Nothing happens once it is removed. */
  append(chunk: Uint8Array): void {
    const file = this.#file;
    if (file === undefined) return;
    // Of a chunk longer than the ring only the tail stays.
    const skipped = Math.max(0, chunk.length - this.#size);
    let offset = this.#end + skipped;
    for (let at = skipped; at < chunk.length;) {
      const position = offset % this.#size;
      const length = Math.min(chunk.length - at, this.#size - position);
      writeSync(file, chunk, at, length, headerSize + position);
      at += length;
      offset += length;
    }
    const header = Buffer.alloc(headerSize);
    header.writeUInt32BE(magic, 0);
    header.writeBigUInt64BE(BigInt(offset), 8);
    writeSync(file, header, 0, headerSize, 0);
    this.#end = offset;
  }

  /** Up to `limit` bytes from `offset` on, or from the oldest kept if that is later; empty at the end, and once it is removed. */
  read(offset: number, limit = 64 * 1024): { offset: number; bytes: Buffer } {
    const from = Math.min(Math.max(offset, this.start), this.#end);
    const position = from % this.#size;
    const length = this.#file === undefined ? 0 : Math.min(limit, this.#end - from, this.#size - position);
    const bytes = Buffer.alloc(length);
    if (this.#file !== undefined) readSync(this.#file, bytes, 0, length, headerSize + position);
    return { offset: from, bytes };
  }

  /** Idempotent. */
  remove(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    closeSync(file);
    rmSync(this.#path, { force: true });
  }
}

/** @throws SystemCallError where there is no room */
function reserve(file: number, bytes: number): void {
  const result = libc.fallocate(file, 0, bytes);
  // Not every file system can.
  if (result < 0 && result !== -errno.EOPNOTSUPP) throw new SystemCallError("fallocate", -result);
}
