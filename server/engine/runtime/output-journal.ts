import { closeSync, constants, fstatSync, ftruncateSync, openSync } from "node:fs";
import koffi from "koffi";
import { Internal, ResourceExhausted } from "../errdefs/errors.ts";

const libc = koffi.load("libc.so.6");
const mmap = libc.func("void *mmap(void *, size_t, int, int, int, int64_t)");
const munmap = libc.func("int munmap(void *, size_t)");
const posixFallocate = libc.func("int posix_fallocate(int, int64_t, int64_t)");
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffffffffffffffffn;

/** Sizes: at first, and when there is much to read. A rest is shorter than the longest record of a log. Bytes. */
const area = { small: 4 * 1024, large: 64 * 1024 };
const rest = { small: 4 * 1024, large: 16 * 1024 };
const headerSize = 4096;
const slotSize = rest.large + area.large;
const journalSize = headerSize + 2 * slotSize;

/**
 * Memory that outlives drydockd (a mapped file): what was read from a process and is perhaps not in its log yet.
 *
 * Two slots take turns. The current one holds `rest` (the beginning of a line, read before and not logged), `logEnd`
 * (where the log ended when that was so) and `area`, into which the kernel itself puts the next bytes: a read has
 * happened with its bytes here, or not at all. One byte says which slot is current, so that going on to the other is
 * one step too. A clean area is all zeros, which tells how far it was filled: zeros at the very end of a last chunk are
 * the one thing that cannot be told from nothing.
 */
export class OutputJournal implements Disposable {
  readonly #pointer: unknown;
  #memory: Buffer;
  /** may hold what a predecessor read */
  readonly #known: boolean;

  #size: "small" | "large" = "small";
  readonly #file: number;

  /** Makes the file, or takes up what it holds. */
  constructor(path: string) {
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      this.#known = fstatSync(this.#file).size > 0;
      ftruncateSync(this.#file, journalSize);
      if (!this.#allocate(this.#known ? "large" : "small")) throw new ResourceExhausted(`no room for ${path}`);
      this.#pointer = mmap(null, journalSize, PROT_READ_WRITE, MAP_SHARED, this.#file, 0n);
      if (koffi.address(this.#pointer) === MAP_FAILED) throw new Internal(`cannot map ${path}: errno ${koffi.errno()}`);
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
    this.#memory = Buffer.from(koffi.view(this.#pointer, journalSize));
    // A kill between the two halves of `settle`.
    if (this.#known) this.next.fill(0);
  }

  /** More is read at once from the next read on, if the file system has room. */
  grow(): void {
    if (this.#size === "small") this.#allocate("large");
  }

  /** What was read and not settled, a copy; where the log ended before any of it. */
  get unsettled(): { data: Buffer; logEnd: number } {
    const at = this.#slot(this.#current);
    const begun = this.#memory.subarray(at, at + this.#memory.readUInt32LE(this.#record(this.#current) + 8));
    const filled = this.current.subarray(0, this.current.findLastIndex((byte) => byte !== 0) + 1);
    return { data: Buffer.concat([begun, filled]), logEnd: this.#memory.readDoubleLE(this.#record(this.#current)) };
  }

  /** Where the next read goes. */
  get current(): Buffer {
    return this.#area(this.#current);
  }

  /** Where the read after that goes. */
  get next(): Buffer {
    return this.#area(this.#other);
  }

  /**
   * All is in the log up to `logEnd`, but for the line that has `begun`.
   * @param read bytes that were put into `current`; none when a predecessor put them there
   */
  settle(logEnd: number, begun: Buffer, read?: number): void {
    const [used, after] = [this.current, this.#other];
    if (begun.length > rest.small) this.grow();
    const length = begun.copy(this.#memory, this.#slot(after), 0, rest[this.#size]);
    this.#memory.writeDoubleLE(logEnd, this.#record(after));
    this.#memory.writeUInt32LE(length, this.#record(after) + 8);
    this.#memory[0] = after;
    used.fill(0, 0, read ?? (this.#known ? used.length : 0));
  }

  #area(slot: number): Buffer {
    const at = this.#slot(slot) + rest.large;
    return this.#memory.subarray(at, at + area[this.#size]);
  }

  /** Memory that the file system could not give when it is written to would end drydockd. False: there is none. */
  #allocate(size: "small" | "large"): boolean {
    const parts = [0, 1].flatMap((slot) => [
      { at: this.#slot(slot), length: rest[size] },
      { at: this.#slot(slot) + rest.large, length: area[size] },
    ]);
    const given = [{ at: 0, length: headerSize }, ...parts].every(
      ({ at, length }) => Number(posixFallocate(this.#file, BigInt(at), BigInt(length))) === 0,
    );
    if (given) this.#size = size;
    return given;
  }

  /** Nobody may hold an area any more. Idempotent. */
  [Symbol.dispose](): void {
    if (this.#memory.length === 0) return;
    this.#memory = Buffer.alloc(0);
    munmap(this.#pointer, journalSize);
    closeSync(this.#file);
  }

  get #current(): number {
    return this.#memory[0] === 1 ? 1 : 0;
  }

  get #other(): number {
    return 1 - this.#current;
  }

  #slot(slot: number): number {
    return headerSize + slot * slotSize;
  }

  #record(slot: number): number {
    return 64 + slot * 64;
  }
}
