import type { TenantClient } from "../client/tenant-client.ts";
import { Problem } from "../http/problem.ts";

/** What may wait for a terminal whose process does not read. */
const mostWaiting = 1024 * 1024;

/** Sends keystrokes to one terminal in their order: one request at a time, what came meanwhile in the next. */
export class TerminalInput {
  readonly #find: () => Promise<TenantClient>;
  readonly #terminal: string;
  readonly #onError: (error: unknown) => void;
  #tenant: TenantClient | undefined;
  #waiting: Uint8Array[] = [];
  #size = 0;
  #sending = false;
  #isFull = false;

  /** @param find looks up whose terminal it is, for the first of the input, and again after a failure */
  constructor(find: () => Promise<TenantClient>, terminal: string, onError: (error: unknown) => void) {
    this.#find = find;
    this.#terminal = terminal;
    this.#onError = onError;
  }

  /** Never waits: the order of the calls is that of the bytes. */
  push(data: Uint8Array): void {
    // Nor what comes after what was left out, until the rest was taken: a program is to read no text with a hole in it.
    if (this.#isFull) return;
    if (this.#size + data.length > mostWaiting) {
      this.#isFull = true;
      this.#onError(
        new Problem(
          429,
          "The program in the terminal does not read what it is sent: the rest of what was pasted is left out.",
        ),
      );
      return;
    }
    this.#waiting.push(data);
    this.#size += data.length;
    if (!this.#sending) void this.#send();
  }

  async #send(): Promise<void> {
    this.#sending = true;
    try {
      this.#tenant ??= await this.#find();
      while (this.#waiting.length > 0) {
        const batch = Buffer.concat(this.#waiting);
        this.#waiting = [];
        this.#size = 0;
        await this.#tenant.terminalInput(this.#terminal, batch);
      }
    } catch (error) {
      this.#waiting = [];
      this.#size = 0;
      this.#tenant = undefined;
      this.#onError(error);
    } finally {
      this.#sending = false;
      this.#isFull = false;
    }
  }
}
