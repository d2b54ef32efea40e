import { ResourceExhausted } from "../errdefs/errors.ts";
import type { BuildSlots } from "./build-service.ts";

export class LocalBuildSlots implements BuildSlots {
  readonly #limit: () => number | undefined;
  #running = 0;

  constructor(limit: () => number | undefined) {
    this.#limit = limit;
  }

  get running(): number {
    return this.#running;
  }

  enter(): () => void {
    if (this.#running >= (this.#limit() ?? Infinity)) {
      throw new ResourceExhausted(
        `${this.#running} builds run already, and no more are allowed at once: wait for one to end or cancel it`,
      );
    }
    this.#running++;
    let left = false;
    return () => {
      this.#running -= left ? 0 : 1;
      left = true;
    };
  }
}
