/** How long who waits may be silent before its place in the queue goes to the next, ms. */
const waitingPatience = 15_000;
/** How long a place is kept while nobody is seen in it, ms. */
const holdingPatience = 300_000;

export interface PlacesOptions {
  /** workspaces that may be live at the same time; 0: as many as come */
  most: number;
  /** told of each that has lost its place to another, because nobody was seen in it */
  onLost: (id: string) => void;
}

/** Places for live workspaces on a machine that has room for so many: who comes when all are taken waits in a queue. */
export class Places {
  readonly #options: PlacesOptions;
  /** who has a place → when somebody was last seen in it, ms */
  readonly #held = new Map<string, number>();
  /** who waits, in their order → when it last asked, ms */
  readonly #queue = new Map<string, number>();

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  has(id: string): boolean {
    return this.#options.most === 0 || this.#held.has(id);
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Asks for a place, which whoever has one keeps. Undefined: it has one; else its place in the queue, from 1. */
  ask(id: string, now = Date.now()): number | undefined {
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

  /** Somebody is in it. */
  seen(id: string, now = Date.now()): void {
    if (this.#held.has(id)) this.#held.set(id, now);
  }

  /** It needs no place any more. */
  leave(id: string): void {
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
