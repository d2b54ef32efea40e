import { setImmediate } from "node:timers/promises";

/** Longest stretch of work, in ms, between two looks at what else there is to do. */
const stretch = 8;

/**
 * Keeps long synchronous work from holding up everybody else on this thread: call between small steps; after 8 ms of
 * work it lets all pending events through, else it costs nothing.
 */
export class Pace {
  #since = performance.now();

  /** True when it is time to `await rest()`. */
  get due(): boolean {
    return performance.now() - this.#since > stretch;
  }

  async rest(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
