import { availableParallelism } from "node:os";
import { Turns } from "./turns.ts";

/** Who has started something within this time counts as there. ms */
const presence = 10_000;
/** A runtime that takes longer waits for its tenant's share of the processors. ms */
const countedFor = 1_000;

/**
 * Starts of processes in containers (a runtime's `create` and `exec`) cost processor time that is on no tenant's account,
 * and all tenants' are started by one supervisor. While others are there, a tenant has only so many of them going on that
 * the others find a processor free; alone, it may have as many as it likes.
 */
export class StartTurns {
  readonly #most: number;
  readonly #tenants = new Map<string, { turns: Turns; at: number }>();

  /** @param most of one tenant at a time while others are there */
  constructor(most = Math.max(1, Math.floor(availableParallelism() / 2))) {
    this.#most = most;
  }

  /** Starts something for `tenant` in its turn; passes on the result or error. */
  run<T>(tenant: string, start: () => Promise<T>): Promise<T> {
    const now = performance.now();
    for (const [id, { turns, at }] of this.#tenants) {
      if (turns.isIdle && now - at > presence) this.#tenants.delete(id);
    }
    const entry = this.#tenants.get(tenant) ?? {
      turns: new Turns({ atOnce: () => (this.#tenants.size > 1 ? this.#most : Infinity), countedFor }),
      at: now,
    };
    entry.at = now;
    this.#tenants.set(tenant, entry);
    return entry.turns.run(start);
  }
}
