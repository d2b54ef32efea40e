import { Cancelled } from "../../errdefs/errors.ts";

/** At most `size` holders at a time; others wait in order. */
export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  /** Runs `body` while holding a place. @throws Cancelled when aborted while waiting */
  async run<T>(signal: AbortSignal, body: () => Promise<T>): Promise<T> {
    await this.#acquire(signal);
    try {
      return await body();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#free++;
      } else {
        next();
      }
    }
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const grant = (): void => {
        signal.removeEventListener("abort", abandon);
        resolve();
      };
      const abandon = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(grant), 1);
        reject(cancelledBy(signal));
      };
      signal.addEventListener("abort", abandon, { once: true });
      this.#waiting.push(grant);
    });
  }
}

/** The Cancelled that stands for an aborted signal. */
export function cancelledBy(signal: AbortSignal): Cancelled {
  return signal.reason instanceof Cancelled ? signal.reason : new Cancelled("cancelled", { cause: signal.reason });
}

/** @throws Cancelled */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) {
    throw cancelledBy(signal);
  }
}
