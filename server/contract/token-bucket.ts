export interface BucketSize {
  /** at once */
  burst: number;
  /** on the long run */
  perSecond: number;
}

/** A token bucket: full at first. */
export class TokenBucket {
  readonly #size: () => BucketSize;
  readonly #now: () => number;
  #left: number;
  #at: number;

  /** @param size may change @param now ms */
  constructor(size: () => BucketSize, now: () => number = () => performance.now()) {
    this.#size = size;
    this.#now = now;
    this.#left = Infinity;
    this.#at = now();
  }

  /** Takes so much, if it is there. */
  take(amount: number): boolean {
    this.#fill();
    if (amount > this.#left) return false;
    this.#left -= amount;
    return true;
  }

  /** Takes so much, there or not: what is missing is owed. For what costs as much as it turns out to. */
  spend(amount: number): void {
    this.#fill();
    this.#left -= amount;
  }

  /** Seconds until so much is there; `Infinity`: it never will be. */
  wait(amount: number): number {
    this.#fill();
    const { burst, perSecond } = this.#size();
    if (amount <= this.#left) return 0;
    return amount > burst ? Infinity : (amount - this.#left) / perSecond;
  }

  #fill(): void {
    const now = this.#now();
    const { burst, perSecond } = this.#size();
    this.#left = Math.min(burst, this.#left + ((now - this.#at) / 1000) * perSecond);
    this.#at = now;
  }
}
