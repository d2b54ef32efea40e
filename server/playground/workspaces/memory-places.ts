import { holdingPatience, waitingPatience } from "./places.ts";
import type { Places, PlacesOptions } from "./places.ts";

/** Of one process. */
export class MemoryPlaces implements Places {
  readonly #options: PlacesOptions;
  /** who has a place → when somebody was last seen in it, ms */
  readonly #held = new Map<string, number>();
  /** who waits, in their order → when it last asked, ms */
  readonly #queue = new Map<string, number>();

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  async ask(id: string, now = Date.now()): Promise<number | undefined> {
    if (this.#options.most === 0) return undefined;
    if (this.#held.has(id)) {
      this.#held.set(id, now);
      return undefined;
    }
    for (const [each, asked] of this.#queue) if (asked < now - waitingPatience) this.#queue.delete(each);
    this.#queue.set(id, now);
    const position = [...this.#queue.keys()].indexOf(id) + 1;
    if (this.#options.most - this.#held.size < position) this.#reclaim(position, now);
    if (this.#options.most - this.#held.size < position) return position;
    this.#queue.delete(id);
    this.#held.set(id, now);
    return undefined;
  }

  async seen(id: string, now = Date.now()): Promise<void> {
    if (this.#held.has(id)) this.#held.set(id, now);
  }

  async leave(id: string): Promise<void> {
    this.#held.delete(id);
    this.#queue.delete(id);
  }

  /** Takes as many as are wanted from those in which nobody was seen, for the longest first. */
  #reclaim(wanted: number, now: number): void {
    const empty = [...this.#held].filter(([, seen]) => seen < now - holdingPatience).toSorted((a, b) => a[1] - b[1]);
    const missing = wanted - (this.#options.most - this.#held.size);
    for (const [id] of empty.slice(0, missing)) {
      this.#held.delete(id);
      this.#options.onLost(id);
    }
  }
}
