import type { Tenant } from "./tenant.ts";

const hour = 3_600_000;
/** How long before the end it is told, ms; or half of a shorter time. */
const warnBefore = 600_000;

/** What the clock says of a tenant that nobody uses. */
export type IdleState = "active" | "ending" | "ended";

/** When one tenant was last used by somebody, and when its containers are stopped for want of that (`idleHours`). */
export class Activity {
  readonly #tenant: Pick<Tenant, "limits">;
  #at: number;

  constructor(tenant: Pick<Tenant, "limits">, now = Date.now()) {
    this.#tenant = tenant;
    this.#at = now;
  }

  note(now = Date.now()): void {
    this.#at = now;
  }

  /** ms since somebody did something */
  idle(now = Date.now()): number {
    return Math.max(0, now - this.#at);
  }

  /** ms until containers are stopped; undefined: never */
  left(now = Date.now()): number | undefined {
    const { idleHours } = this.#tenant.limits;
    return idleHours === undefined ? undefined : idleHours * hour - this.idle(now);
  }

  state(now = Date.now()): IdleState {
    const left = this.left(now);
    if (left === undefined) return "active";
    if (left <= 0) return "ended";
    return left <= Math.min(warnBefore, ((this.#tenant.limits.idleHours ?? 0) * hour) / 2) ? "ending" : "active";
  }
}
