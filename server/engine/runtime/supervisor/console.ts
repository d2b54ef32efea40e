import { closeSync, unlinkSync } from "node:fs";
import { Socket } from "node:net";
import { ReadStream } from "node:tty";
import { Internal } from "../../errdefs/errors.ts";
import { acceptConnection, listenForDescriptor, receiveDescriptor, setWindowSize } from "./kernel.ts";

/**
 * Where a runtime sends the master end of the terminal it makes for a process (runc's docs/terminals.md, "console
 * socket").
 */
export class ConsoleSocket implements Disposable {
  readonly path: string;
  readonly #listener: number;

  constructor(path: string) {
    this.path = path;
    this.#listener = listenForDescriptor(path);
  }

  /** When the runtime has ended with success: it has sent it by then. */
  receive(): number {
    const connection = acceptConnection(this.#listener);
    if (connection === undefined) throw new Internal("the runtime sent no terminal");
    try {
      return receiveDescriptor(connection);
    } finally {
      closeSync(connection);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#listener);
    unlinkSync(this.path);
  }
}

/** Carries bytes between a terminal's master end and FIFOs. */
export class Console {
  readonly #master: number;
  readonly #screen: ReadStream;
  #open = true;

  /**
   * @param input a FIFO's reading end, undefined for none
   * @param output a FIFO's writing end; closed when the terminal's last user has gone
   */
  constructor(master: number, input: number | undefined, output: number) {
    this.#master = master;
    this.#screen = new ReadStream(master);
    const out = new Socket({ fd: output, readable: false, writable: true });
    const keys = input === undefined ? undefined : new Socket({ fd: input, readable: true, writable: false });
    const end = (): void => {
      this.#open = false;
      keys?.destroy();
      // What was written before goes out first.
      out.write("", () => out.destroy());
      this.#screen.destroy();
    };
    // EIO tells that nobody has the other end open any more.
    this.#screen.on("error", end).on("end", end);
    out.on("error", end);
    this.#screen.pipe(out, { end: false });
    // A terminal's stream goes both ways, whatever its name says.
    keys?.on("error", () => undefined).pipe(this.#screen, { end: false });
  }

  resize(columns: number, rows: number): void {
    if (this.#open) setWindowSize(this.#master, columns, rows);
  }
}
