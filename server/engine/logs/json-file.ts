import { writeSync } from "node:fs";
import { open, rename, rm, truncate, writeFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { Mutex } from "../concurrency/mutex.ts";
import { DiskFull, Internal } from "../errdefs/errors.ts";
import { readLog } from "./json-reader.ts";
import { encodeRecord } from "./json-record.ts";
import type { ContainerLog, LogRecord, OffsetRecord, ReadOptions } from "./log-driver.ts";
import { listSegments, rotatedPath } from "./segments.ts";

export interface JsonFileOptions {
  /** bytes of one file, after which the next begins */
  maxSize: number;
  /** files kept, the current one included */
  maxFile: number;
}

/** Unlike dockerd's unlimited default: endless output must not fill the disk. */
export const defaultJsonFileOptions: JsonFileOptions = { maxSize: 20 * 1024 * 1024, maxFile: 2 };

/**
 * What is written before anything else happens: what was read from a container and is not in its log yet is lost when
 * drydockd is killed, so that is to be short. More than this would hold up everybody else. Bytes.
 */
const writtenAtOnce = 8 * 1024;

/**
 * Docker's json-file driver: `<path>` is being written, `<path>.<offset of its first byte>` are older files.
 * Rotation drops the oldest, so a log never takes more than about `maxSize * maxFile` bytes.
 */
export class JsonFileLog implements ContainerLog {
  readonly #path: string;
  readonly #options: JsonFileOptions;
  #file: FileHandle | undefined;
  /** Between the calls of `open` and `close`: readers wait for what will be written. */
  #expected = false;
  /** offset of the current file's first byte, and of the next byte */
  #base = 0;
  #end = 0;
  /** Writers of stdout and stderr take turns. */
  readonly #turn = new Mutex();
  readonly #followers = new Set<() => void>();

  constructor(path: string, options: JsonFileOptions = defaultJsonFileOptions) {
    this.#path = path;
    this.#options = options;
  }

  open(): Promise<void> {
    this.#expected = true;
    return this.#turn.run(async () => {
      await this.#open();
      this.#wake();
    });
  }

  async #open(): Promise<void> {
    if (this.#file !== undefined) {
      return;
    }
    const current = (await listSegments(this.#path)).at(-1);
    if (current === undefined) {
      throw new Internal(`log ${this.#path}: no segment`);
    }
    const size = await withoutCutLine(current.path, current.size);
    this.#file = await open(this.#path, "a", 0o640);
    this.#base = current.base;
    this.#end = current.base + size;
  }

  write(records: readonly LogRecord[]): Promise<void> {
    const lines = records.map(encodeRecord);
    return this.#turn.run(() => this.#write(lines));
  }

  async #write(lines: readonly string[]): Promise<void> {
    if (this.#file === undefined) {
      throw new Internal(`log ${this.#path} is not open`);
    }
    let text = "";
    let size = 0;
    for (const line of lines) {
      const bytes = Buffer.byteLength(line);
      // Records are never divided between files.
      if (this.#end + size - this.#base + bytes > this.#options.maxSize && this.#end + size > this.#base) {
        await this.#append(text, size);
        await this.#rotate();
        text = "";
        size = 0;
      }
      text += line;
      size += bytes;
    }
    await this.#append(text, size);
    this.#wake();
  }

  close(): Promise<void> {
    this.#expected = false;
    return this.#turn.run(async () => {
      const file = this.#file;
      this.#file = undefined;
      await file?.close();
      this.#wake();
    });
  }

  async end(): Promise<number> {
    if (this.#file !== undefined) {
      return this.#end;
    }
    const current = (await listSegments(this.#path)).at(-1);
    return current === undefined ? 0 : current.base + current.size;
  }

  read(options: ReadOptions): AsyncIterable<OffsetRecord> {
    return readLog(this.#path, options, {
      isOpen: () => this.#expected || this.#file !== undefined,
      changed: (signal) => this.#changed(signal),
      end: () => this.#end,
    });
  }

  async remove(): Promise<void> {
    await this.close();
    for (const segment of await listSegments(this.#path)) {
      await rm(segment.path, { force: true });
    }
  }

  async #append(text: string, size: number): Promise<void> {
    if (size === 0 || this.#file === undefined) {
      return;
    }
    try {
      if (size <= writtenAtOnce) {
        writeWhole(this.#file.fd, Buffer.from(text));
      } else {
        await this.#file.appendFile(text);
      }
      this.#end += size;
    } catch (error) {
      await this.#undoPartialWrite();
      if (["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "")) {
        throw new DiskFull(`log ${this.#path}: no space left on the disk`, { cause: error });
      }
      throw error;
    }
  }

  /** Leaves no half line behind a failed write, so that offsets stay true. */
  async #undoPartialWrite(): Promise<void> {
    await this.#file?.truncate(this.#end - this.#base);
  }

  async #rotate(): Promise<void> {
    await this.#file?.close();
    await rename(this.#path, rotatedPath(this.#path, this.#base));
    this.#base = this.#end;
    this.#file = await open(this.#path, "a", 0o640);
    const rotated = (await listSegments(this.#path)).slice(0, -1);
    const extra = rotated.slice(0, Math.max(0, rotated.length - (this.#options.maxFile - 1)));
    if (extra.length === rotated.length) {
      // With max-file=1 an empty file keeps the offset that its name tells.
      await writeFile(rotatedPath(this.#path, this.#base), "");
    }
    for (const segment of extra) {
      await rm(segment.path, { force: true });
    }
  }

  #wake(): void {
    for (const follower of this.#followers) {
      follower();
    }
  }

  /** Resolves at the next write or close, or when the signal aborts. */
  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#followers.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#followers.add(done);
      signal.addEventListener("abort", done);
      if (signal.aborted) {
        done();
      }
    });
  }
}

function writeWhole(fd: number, data: Buffer): void {
  for (let at = 0; at < data.length;) {
    at += writeSync(fd, data, at);
  }
}

/** Cuts off a last line without a newline, which a crash left. Returns the size then. */
async function withoutCutLine(path: string, size: number): Promise<number> {
  if (size === 0) {
    return 0;
  }
  const file = await open(path, "r");
  try {
    const block = Buffer.alloc(64 * 1024);
    let position = size;
    while (position > 0) {
      const length = Math.min(block.length, position);
      await file.read(block, 0, length, position - length);
      const newline = block.subarray(0, length).lastIndexOf(10);
      if (newline >= 0) {
        position = position - length + newline + 1;
        break;
      }
      position -= length;
    }
    if (position < size) {
      await truncate(path, position);
    }
    return position;
  } finally {
    await file.close();
  }
}
