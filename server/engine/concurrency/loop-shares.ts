import { createHook } from "node:async_hooks";
import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import { currentTime, type ThreadTime } from "./thread-time.ts";

/** Who has asked for something within this time counts as there. ms */
const presence = 1_000;
/** What one may take of the thread's time while others are there that have had less. */
const mostOfOne = 0.5;
/** What somebody has had lately is as good as forgotten after a few of these. ms */
const memory = 1_000;
/** So much may be taken at once, before anybody has to wait for the share to grow again. ms */
const credit = 50;
/** No more than this is owed: whoever comes back does not stop for long who worked without end while he was away. ms */
const mostOwed = 200;
/** Between two looks at what else there is to do. ms */
const slice = 2;
/** The longest until it is looked at anew whose turn it is: others may have had more meanwhile. ms */
const longestWait = 20;

/**
 * Divides the time of the one thread that all tenants are served by. What is done for a tenant's requests (`follow`), and
 * work in pieces that it can ask for without end (`spend`), costs it what it took, and who has had more than its share
 * waits while others are there. Alone, one may have all of it; and who has had no more than its part of what all have had
 * lately does not wait for those that have had more. Keystrokes and what answers them never wait here.
 */
export class LoopShares {
  /** whom the thread works for, as far as is known */
  #current: LoopShare | undefined;
  readonly #indebted = new Set<LoopShare>();
  readonly #ofTenants = new Map<string, LoopShare>();
  /** when each was there last, who was there longest ago first */
  readonly #present = new Map<LoopShare, number>();
  /** ms that all have had */
  readonly #had = new Lately();
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

  /** ms that each regains in one ms: alone, too, so that who comes next need not wait until another's credit is used up. */
  get rate(): number {
    return Math.min(mostOfOne, 1 / (this.#indebted.size + 1));
  }

  noteIndebted(share: LoopShare, indebted: boolean): void {
    if (indebted) this.#indebted.add(share);
    else this.#indebted.delete(share);
  }

  notePresent(share: LoopShare): void {
    this.#present.delete(share);
    this.#present.set(share, performance.now());
  }

  noteGone(share: LoopShare): void {
    if (this.#current === share) this.enter(undefined);
    this.#present.delete(share);
    this.#indebted.delete(share);
  }

  noteHad(ms: number): void {
    this.#had.add(ms);
  }

  /** Whether others are there, and one that has had so much lately has had its part of what all had. */
  isMoreThanPart(had: number, share: LoopShare): boolean {
    const there = this.#thereWith(share);
    return there > 1 && had * there > this.#had.value;
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

  /**
   * Has each callback of the event loop, with what follows it at once, cost whose request it goes back to (`currentTime`).
   * Promises are not followed one by one, which would slow down everything: `begin` is for where it is known better.
   * @returns ends it
   */
  follow(): () => void {
    const hook = createHook({ before: () => this.enter(currentTime.getStore()), trackPromises: false });
    hook.enable();
    return () => void hook.disable();
  }

  /** From now on the thread works for them; for anything but a share of its own: for nobody. */
  enter(time: ThreadTime | undefined): void {
    if (time === this.#current) return;
    this.settle();
    this.#current = time instanceof LoopShare ? time : undefined;
  }

  /** What the thread has done since the last time was for whom it was said to be. */
  settle(): void {
    const active = activeTime();
    const spent = Math.max(0, active - this.#settledAt - this.#paid);
    this.#settledAt = active;
    this.#paid = 0;
    this.#current?.charge(spent);
  }

  /** How many are there, this one counted in any case. */
  #thereWith(share: LoopShare): number {
    const since = performance.now() - presence;
    for (const [one, at] of this.#present) {
      if (at > since) break;
      this.#present.delete(one);
    }
    return this.#present.size + (this.#present.has(share) ? 0 : 1);
  }
}

/** A sum of which the older parts count less and less. */
class Lately {
  #sum = 0;
  #at = performance.now();

  get value(): number {
    const now = performance.now();
    this.#sum *= Math.exp((this.#at - now) / memory);
    this.#at = now;
    return this.#sum;
  }

  add(amount: number): void {
    this.#sum = this.value + amount;
  }
}

/** One tenant's part in it. */
export class LoopShare implements ThreadTime {
  readonly #shares: LoopShares;
  /** ms had beyond the share; less than zero: credit */
  #debt = -credit;
  #at = performance.now();
  readonly #had = new Lately();
  readonly #queue: (() => void)[] = [];
  #serving = false;

  constructor(shares: LoopShares) {
    this.#shares = shares;
  }

  /** Somebody does something: others make room. */
  present(): void {
    this.#shares.notePresent(this);
  }

  /** What the thread does from now on is for this tenant, until it is known to be for another. */
  begin(): void {
    this.#shares.enter(this);
  }

  /**
   * Does a small piece of work (about a millisecond's) when it is this tenant's turn: at once, if it has time left. Pieces
   * of one tenant are done in the order of asking. Rejects with what `work` throws.
   */
  async spend<T>(work: () => T): Promise<Awaited<T>> {
    if (this.#serving || !this.#mayGoOn()) await this.#turn();
    return await this.#timed(work);
  }

  /** Resolves when this tenant is not beyond its share; what is done then is its own. */
  async ready(): Promise<void> {
    this.#update();
    if (this.#serving || this.#mustWait()) await this.#turn();
    this.begin();
  }

  /** It works no more: nobody need make room for it. */
  close(): void {
    this.#shares.noteGone(this);
  }

  charge(ms: number): void {
    this.#had.add(ms);
    this.#shares.noteHad(ms);
    this.#debt += ms;
    this.#regain();
    this.#debt = Math.min(mostOwed, this.#debt);
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
    return !this.#mustWait() && !this.#shares.isTurnOver;
  }

  #mustWait(): boolean {
    return this.#debt > 0 && this.#shares.isMoreThanPart(this.#had.value, this);
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
        const wait = this.#mustWait() ? this.#debt / this.#shares.rate : 0;
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
    this.#debt = Math.max(-credit, this.#debt - (now - this.#at) * this.#shares.rate);
    this.#at = now;
    this.#shares.noteIndebted(this, this.#debt > 0);
  }
}

/** ms that the event loop did not wait for anything */
function activeTime(): number {
  return performance.eventLoopUtilization().active;
}
