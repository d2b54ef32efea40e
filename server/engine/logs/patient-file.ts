import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { messageOf } from "../errdefs/errors.ts";

/** bytes that wait for room; of more the oldest go */
const mostWaiting = 1 << 20;
const retryMs = 1_000;
const noRoom: ReadonlySet<string | undefined> = new Set(["ENOSPC", "EDQUOT"]);

/**
 * A file of lines that are appended, also while the disk is full: what finds no room waits in memory, and is written in its
 * order as soon as there is some. No line is there in part. What waits is lost with the process.
 */
export class PatientFile {
  readonly #path: string;
  /** undefined once it is closed: its number may be another file's by then */
  #fd: number | undefined;
  #size: number;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #closing = false;

  /** Made for its owner alone. */
  constructor(path: string) {
    this.#path = path;
    const fd = openSync(path, "a", 0o600);
    this.#fd = fd;
    this.#size = fstatSync(fd).size;
  }

  /** bytes in the file */
  get size(): number {
    return this.#size;
  }

  /** lines that are not in the file yet, oldest first */
  get waiting(): readonly string[] {
    return this.#waiting;
  }

  /** @param line without its end; given up once it is closed. @throws what writing throws, but for a full disk */
  append(line: string): void {
    if (this.#fd === undefined) return;
    if (this.#waiting.length === 0 && this.#write(line)) return;
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    while (this.#waitingBytes > mostWaiting) this.#waitingBytes -= this.#waiting.shift()?.length ?? 0;
    this.flush();
  }

  /** Writes what waits, as far as there is room. @returns whether all is written */
  flush(): boolean {
    for (let line = this.#waiting[0]; line !== undefined && this.#write(line); line = this.#waiting[0]) {
      this.#waiting.shift();
      this.#waitingBytes -= line.length;
    }
    clearTimeout(this.#timer);
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.#retry(), retryMs).unref();
    else if (this.#closing) this.#close();
    return this.#waiting.length === 0;
  }

  /** Closed once nothing waits. Idempotent. */
  close(): void {
    this.#closing = true;
    this.flush();
  }

  /** What waits is given up. */
  discard(): void {
    this.#waiting = [];
    this.close();
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }

  #retry(): void {
    try {
      this.flush();
    } catch (error) {
      process.emitWarning(`${this.#path} is cut short: ${messageOf(error)}`);
      this.discard();
    }
  }

  /** Whole or not at all. @returns false where there is no room */
  #write(line: string): boolean {
    const fd = this.#fd ?? -1;
    const bytes = Buffer.from(`${line}\n`);
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
      this.#size += bytes.length;
      return true;
    } catch (error) {
      if (!noRoom.has((error as NodeJS.ErrnoException).code)) throw error;
      ftruncateSync(fd, this.#size);
      if (this.#waiting.length === 0) process.emitWarning(`${this.#path} waits for room: ${messageOf(error)}`);
      return false;
    }
  }
}
