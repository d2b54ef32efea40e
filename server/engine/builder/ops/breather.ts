import { setImmediate } from "node:timers/promises";

/** How long synchronous file work may hold the event loop, ms. */
const slice = 8;

/** Lets others have their turn now and then during long synchronous work. */
export class Breather {
  #since = performance.now();

  async breathe(): Promise<void> {
    if (performance.now() - this.#since > slice) {
      await setImmediate();
      this.#since = performance.now();
    }
  }
}
