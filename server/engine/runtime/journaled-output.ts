import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { Readable } from "node:stream";
import { OutputJournal } from "./output-journal.ts";
import type { SettledOutput } from "./task.ts";

/**
 * What a process writes, from its FIFO, as `openOutput`; but each chunk has to be settled before the next is read, and
 * a kill of drydockd loses none of it: see OutputJournal.
 */
export class JournaledOutput extends Readable implements SettledOutput {
  readonly #fifo: number;
  readonly #journal: OutputJournal;
  #socket: Socket | undefined;
  /** bytes of the chunk that is not settled; undefined: none is under way */
  #chunk: number | undefined;
  #wanted = false;

  /** @param journal path of its file */
  constructor(fifo: string, journal: string) {
    super();
    this.#fifo = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      this.#journal = new OutputJournal(journal);
    } catch (error) {
      closeSync(this.#fifo);
      throw error;
    }
  }

  /** Before anything is read. */
  get unsettled(): { data: Buffer; logEnd: number } {
    return this.#journal.unsettled;
  }

  settle(logEnd: number, rest: Buffer): void {
    if (this.destroyed) return;
    this.#journal.settle(logEnd, rest, this.#chunk);
    this.#chunk = undefined;
    if (this.#wanted) this.#goOn();
  }

  override _read(): void {
    this.#wanted = true;
    if (this.#chunk === undefined) this.#goOn();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.#socket === undefined) {
      closeSync(this.#fifo);
      this.#journal[Symbol.dispose]();
      callback(error);
      return;
    }
    this.#socket.once("close", () => {
      this.#journal[Symbol.dispose]();
      callback(error);
    });
    this.#socket.destroy();
  }

  #goOn(): void {
    if (this.#socket === undefined) this.#open();
    else this.#socket.resume();
  }

  /** Reads into the journal itself, one chunk at a time. */
  #open(): void {
    let next = this.#journal.current;
    this.#socket = new Socket({
      fd: this.#fifo,
      readable: true,
      writable: false,
      onread: {
        buffer: () => next,
        callback: (length, bytes) => {
          this.#chunk = length;
          this.#wanted = false;
          if (length === bytes.length) this.#journal.grow();
          // It is asked for as soon as this returns, and used when this chunk is settled.
          next = this.#journal.next;
          this.push(Buffer.from(bytes.subarray(0, length)));
          return false;
        },
      },
    });
    this.#socket.on("end", () => this.push(null)).on("error", (error) => this.destroy(error));
  }
}
