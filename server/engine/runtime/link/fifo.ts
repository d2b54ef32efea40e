import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { Readable, Writable } from "node:stream";
import { Internal } from "../../errdefs/errors.ts";
import { AT_FDCWD, mknodat } from "../../mount/libc.ts";

const S_IFIFO = 0o010000;
const EEXIST = 17;

/** Makes a FIFO (mode 0600); one that is there already stays as it is, with what it holds. */
export function makeFifo(path: string): void {
  const result = mknodat(AT_FDCWD, path, S_IFIFO | 0o600, 0n);
  if (result < 0 && result !== -EEXIST) throw new Internal(`cannot make the FIFO ${path}: errno ${-result}`);
}

/**
 * Both ends at once. While it is open, nobody's open of one end blocks or fails for want of the other: a supervisor gives up
 * on a FIFO whose other end is not open in time. Close it when the supervisor has its end, else there is no end of file.
 */
export class FifoGuard {
  #fd: number | undefined;

  constructor(path: string) {
    this.#fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/**
 * What a process writes, from its FIFO. Unread output stays in the FIFO (64 KiB), then the process waits: that is the
 * back-pressure. Ends when every writer has closed; destroy it to stop reading earlier.
 */
export function openOutput(path: string): Readable {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

/** Lets a reader that was opened when the writers had gone already see the end of file. */
export function touchWriter(path: string): void {
  closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
}

/**
 * A process's standard input. Needs a reader (or a guard) when it is opened: undefined if the process has gone.
 * `onEnd` is called when all has been written and our end is closed, which `destroy` does not cause.
 */
export function openInput(path: string, onEnd: () => Promise<void>): Writable | undefined {
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    return new FifoInput(fd, onEnd);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENXIO") return undefined;
    throw error;
  }
}

/** A socket of node's shuts its writing side down with shutdown(2), which FIFOs do not have: close them instead. */
class FifoInput extends Writable {
  readonly #socket: Socket;
  readonly #onEnd: () => Promise<void>;

  constructor(fd: number, onEnd: () => Promise<void>) {
    super();
    this.#socket = new Socket({ fd, readable: false, writable: true });
    this.#onEnd = onEnd;
    // Writing to a process that has ended (EPIPE) is no failure of ours: its exit status tells what happened.
    this.#socket.on("error", () => this.destroy());
    this.on("error", () => undefined);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#socket.write(chunk, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#socket.once("close", () => {
      this.#onEnd().then(() => callback(), callback);
    });
    this.#socket.destroy();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#socket.destroy();
    callback(error);
  }
}

/** A stream with nothing in it, for what a process does not have. */
export function emptyOutput(): Readable {
  return Readable.from([]);
}
