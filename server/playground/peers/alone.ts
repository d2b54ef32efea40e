import { MemoryPlaces } from "../workspaces/memory-places.ts";
import type { Counter, Peers } from "./peers.ts";

/** Of one process. */
export class MemoryCounter implements Counter {
  readonly #counts = new Map<string, { count: number; until: number }>();
  #cleared = 0;

  async count(key: string, period: number, now = Date.now()): Promise<number> {
    if (now - this.#cleared > period) {
      for (const [each, { until }] of this.#counts) if (until <= now) this.#counts.delete(each);
      this.#cleared = now;
    }
    const known = this.#counts.get(key);
    const current = known === undefined || known.until <= now ? { count: 0, until: now + period } : known;
    current.count++;
    this.#counts.set(key, current);
    return current.count;
  }
}

/** A web without others: all of it in memory. */
export function alone(): Peers {
  return {
    counter: new MemoryCounter(),
    places: (options) => new MemoryPlaces(options),
    takeTurn: () => Promise.resolve(true),
    join: () => undefined,
    onReturn: undefined,
    trouble: () => undefined,
    close: () => Promise.resolve(),
  };
}
