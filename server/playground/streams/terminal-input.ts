import type { TenantClient } from "../client/tenant-client.ts";

/** What may wait for a terminal whose process does not read. */
const mostWaiting = 1024 * 1024;

/** Sends keystrokes to one terminal in their order: one request at a time, what came meanwhile in the next. */
export class TerminalInput {
  readonly #tenant: TenantClient;
  readonly #terminal: string;
  readonly #onError: (error: unknown) => void;
  #waiting: Uint8Array[] = [];
  #size = 0;
  #sending = false;

  constructor(tenant: TenantClient, terminal: string, onError: (error: unknown) => void) {
    this.#tenant = tenant;
    this.#terminal = terminal;
    this.#onError = onError;
  }

  push(data: Uint8Array): void {
    if (this.#size + data.length > mostWaiting) {
      this.#onError(
        new Error(
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
      while (this.#waiting.length > 0) {
        const batch = Buffer.concat(this.#waiting);
        this.#waiting = [];
        this.#size = 0;
        await this.#tenant.terminalInput(this.#terminal, batch);
      }
    } catch (error) {
      this.#waiting = [];
      this.#size = 0;
      this.#onError(error);
    } finally {
      this.#sending = false;
    }
  }
}
