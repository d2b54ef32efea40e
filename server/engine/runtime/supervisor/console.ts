import { closeSync, unlinkSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { Internal } from "../../errdefs/errors.ts";
import type { ConsoleOrder } from "./console-thread.ts";
import { acceptConnection, listenForDescriptor, receiveDescriptor } from "./kernel.ts";

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

/** Carries bytes between a terminal's master end and FIFOs, in a thread beside this one (console-thread.ts). */
export class Console {
  static #thread: Worker | undefined;
  static #last = 0;

  readonly #id = ++Console.#last;

  /**
   * @param input a FIFO's reading end, undefined for none
   * @param output a FIFO's writing end; closed when the terminal's last user has gone
   */
  constructor(master: number, input: number | undefined, output: number) {
    this.#order({ kind: "carry", id: this.#id, master, input, output });
  }

  resize(columns: number, rows: number): void {
    this.#order({ kind: "resize", id: this.#id, columns, rows });
  }

  #order(order: ConsoleOrder): void {
    // Started with the first terminal. Descriptors come from here, and are closed there.
    Console.#thread ??= new Worker(new URL("console-thread.ts", import.meta.url), { trackUnmanagedFds: false });
    Console.#thread.unref();
    Console.#thread.postMessage(order, []);
  }
}
