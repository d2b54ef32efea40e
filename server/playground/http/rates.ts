import { TokenBucket, type BucketSize } from "../../contract/token-bucket.ts";

/** Names that are kept at least, before those with a full bucket are looked for. */
const kept = 1024;

/** A token bucket for each name: an address, a session. Those that are full again are forgotten. */
export class Rates {
  readonly #size: BucketSize;
  readonly #now: () => number;
  readonly #buckets = new Map<string, TokenBucket>();
  #forgetAt = kept;

  /** @param now ms */
  constructor(size: BucketSize, now: () => number = () => performance.now()) {
    this.#size = size;
    this.#now = now;
  }

  /** Takes one, if there is one for that name. */
  take(name: string): boolean {
    const bucket = this.#buckets.get(name) ?? new TokenBucket(() => this.#size, this.#now);
    const taken = bucket.take(1);
    if (this.#buckets.size >= this.#forgetAt) this.#forget();
    this.#buckets.set(name, bucket);
    return taken;
  }

  /** Names that are known. */
  get size(): number {
    return this.#buckets.size;
  }

  #forget(): void {
    for (const [name, bucket] of this.#buckets) if (bucket.wait(this.#size.burst) === 0) this.#buckets.delete(name);
    this.#forgetAt = Math.max(kept, 2 * this.#buckets.size);
  }
}
