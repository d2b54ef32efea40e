import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";

/** Who has asked for something within this time counts as there. ms */
const presence = 10_000;
/** What one may take of the thread's time while others are there. */
const mostOfOne = 0.5;
/** So much may be taken at once, before anybody has to wait for the share to grow again. ms */
const credit = 50;
/** Between two looks at what else there is to do. ms */
const slice = 2;
const longestWait = 250;

/**
 * Divides the time of the one thread that all tenants are served by. Work that a tenant can ask for without end is done in
 * pieces (`spend`) or told when it is done (`begin`): it costs the tenant what it took, and who has had more than its share
 * waits while others are there. Alone, one may have all of it. Keystrokes and what answers them never wait here.
 */
export class LoopShares {
  /** whom requests are answered for right now, each as often as there are such requests */
  readonly #working = new Map<LoopShare, number>();
  readonly #indebted = new Set<LoopShare>();
  readonly #ofTenants = new Map<string, LoopShare>();
  /** who was there last, and the last who was not the same */
  #last: { share: LoopShare; at: number } | undefined;
  #other: { share: LoopShare; at: number } | undefined;
  #settledAt = activeTime();
  /** of the time since then, what somebody has paid for already; ms */
  #paid = 0;
  #spentThisTurn = 0;

  /** One tenant's share. */
  share(): LoopShare {
    return new LoopShare(this);
  }

  /** The share of the tenant of this id, until it is forgotten. */
  shareOf(tenant: string): LoopShare {
    const share = this.#ofTenants.get(tenant) ?? this.share();
    this.#ofTenants.set(tenant, share);
    return share;
  }

  /** It works no more: nobody need make room for it. */
  forget(tenant: string): void {
    this.#ofTenants.get(tenant)?.close();
    this.#ofTenants.delete(tenant);
  }

  /** ms that `share` regains in one ms. */
  rateOf(share: LoopShare): number {
    if (!this.#hasOthers(share)) return 1;
    return Math.min(mostOfOne, 1 / (this.#indebted.size + 1));
  }

  noteIndebted(share: LoopShare, indebted: boolean): void {
    if (indebted) this.#indebted.add(share);
    else this.#indebted.delete(share);
  }

  notePresent(share: LoopShare): void {
    const now = performance.now();
    if (this.#last !== undefined && this.#last.share !== share) this.#other = this.#last;
    this.#last = { share, at: now };
  }

  notePaid(ms: number): void {
    this.#paid += ms;
    if (this.#spentThisTurn === 0) setImmediate(() => (this.#spentThisTurn = 0));
    this.#spentThisTurn += ms;
  }

  /** Whether others should be looked at before more is done in this turn of the event loop. */
  get isTurnOver(): boolean {
    return this.#spentThisTurn >= slice;
  }

  noteWorking(share: LoopShare, change: 1 | -1): void {
    this.settle();
    const count = (this.#working.get(share) ?? 0) + change;
    if (count > 0) this.#working.set(share, count);
    else this.#working.delete(share);
  }

  /** What the thread has done since the last time was for those whose requests were being answered, for each alike. */
  settle(): void {
    const active = activeTime();
    const spent = Math.max(0, active - this.#settledAt - this.#paid);
    this.#settledAt = active;
    this.#paid = 0;
    const requests = [...this.#working.values()].reduce((sum, count) => sum + count, 0);
    for (const [share, count] of this.#working) share.charge((spent * count) / requests);
  }

  #hasOthers(share: LoopShare): boolean {
    const other = this.#last?.share === share ? this.#other : this.#last;
    return other !== undefined && performance.now() - other.at < presence;
  }
}

/** One tenant's part in it. */
export class LoopShare {
  readonly #shares: LoopShares;
  /** ms had beyond the share; less than zero: credit */
  #debt = -credit;
  #at = performance.now();
  readonly #queue: (() => void)[] = [];
  #serving = false;

  constructor(shares: LoopShares) {
    this.#shares = shares;
  }

  /** Somebody does something: others make room. */
  present(): void {
    this.#shares.notePresent(this);
  }

  /** A request is being answered, until `end` is called (once): the time it takes is this tenant's. */
  begin(): () => void {
    this.#shares.noteWorking(this, 1);
    return () => this.#shares.noteWorking(this, -1);
  }

  /**
   * Does a small piece of work (about a millisecond's) when it is this tenant's turn: at once, if it has time left. Pieces
   * of one tenant are done in the order of asking. Rejects with what `work` throws.
   */
  async spend<T>(work: () => T): Promise<Awaited<T>> {
    if (this.#serving || !this.#mayGoOn()) await this.#turn();
    return await this.#timed(work);
  }

  /** Resolves when this tenant is not beyond its share. Work is told by `begin` then. */
  async ready(): Promise<void> {
    this.#update();
    if (this.#serving || this.#debt > 0) await this.#turn();
  }

  /** It works no more: nobody need make room for it. */
  close(): void {
    this.#shares.noteIndebted(this, false);
  }

  charge(ms: number): void {
    this.#debt += ms;
    this.#regain();
  }

  /** What a piece of work waits for is not its own time. */
  #timed<T>(work: () => T): T {
    const began = performance.now();
    try {
      return work();
    } finally {
      const took = performance.now() - began;
      this.#shares.notePaid(took);
      this.charge(took);
    }
  }

  #mayGoOn(): boolean {
    this.#update();
    return this.#debt <= 0 && !this.#shares.isTurnOver;
  }

  #turn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue.push(resolve);
    if (!this.#serving) void this.#serve();
    return promise;
  }

  async #serve(): Promise<void> {
    this.#serving = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      while (!this.#mayGoOn()) {
        const wait = this.#debt / this.#shares.rateOf(this);
        await (wait < 1 ? nextTurn() : delay(Math.min(wait, longestWait)));
      }
      next();
      // It works as soon as this waits.
      await nextTurn();
    }
    this.#serving = false;
  }

  /** What is owed by now: what was worked meanwhile counts before what was regained, of which no more than the credit is kept. */
  #update(): void {
    this.#shares.settle();
    this.#regain();
  }

  #regain(): void {
    const now = performance.now();
    this.#debt = Math.max(-credit, this.#debt - (now - this.#at) * this.#shares.rateOf(this));
    this.#at = now;
    this.#shares.noteIndebted(this, this.#debt > 0);
  }
}

/** ms that the event loop did not wait for anything */
function activeTime(): number {
  return performance.eventLoopUtilization().active;
}
