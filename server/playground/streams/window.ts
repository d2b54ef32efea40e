/** Counts what is on the way to the browser; whoever sends waits while it is more than `limit` bytes. */
export class Window {
  readonly #limit: number;
  #outstanding = 0;
  #waiting: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  sent(bytes: number): void {
    this.#outstanding += bytes;
  }

  /** More than was sent counts as all of it. */
  acknowledged(bytes: number): void {
    this.#outstanding = Math.max(0, this.#outstanding - bytes);
    if (this.#outstanding < this.#limit) this.release();
  }

  /** Resolves when there is room, or after `release`. */
  async room(): Promise<void> {
    if (this.#outstanding < this.#limit) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = resolve;
    await promise;
  }

  release(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}
