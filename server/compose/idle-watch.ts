import { messageOf } from "../engine/errdefs/errors.ts";
import type { Activity, IdleState } from "../engine/tenants/activity.ts";

/** How often it is looked, ms. */
const period = 5_000;

/** One tenant, as the watch sees it. */
export interface IdleTenant {
  activity: Activity;
  isRunning: () => boolean;
  /** Tells those who have a terminal open. */
  warn: (text: string) => void;
  /** Its containers; files stay. */
  stop: () => Promise<void>;
}

/** Stops the containers of tenants that nobody has used for as long as their limit says, and warns before. */
export class IdleWatch {
  readonly #tenants = new Map<string, IdleTenant>();
  readonly #told = new Map<string, IdleState>();
  readonly #log: (line: string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  add(id: string, tenant: IdleTenant): void {
    this.#tenants.set(id, tenant);
    this.#timer ??= setInterval(() => void this.look(), period).unref();
  }

  remove(id: string): void {
    this.#tenants.delete(id);
    this.#told.delete(id);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#tenants.clear();
  }

  async look(now = Date.now()): Promise<void> {
    for (const [id, tenant] of this.#tenants) {
      const state = tenant.activity.state(now);
      if (state === this.#told.get(id)) continue;
      this.#told.set(id, state);
      if (!tenant.isRunning()) continue;
      if (state === "ending") tenant.warn(warning(tenant.activity.left(now) ?? 0));
      if (state !== "ended") continue;
      this.#log(
        `tenant ${id}: not used for ${Math.round(tenant.activity.idle(now) / 60_000)} minutes, its containers are stopped`,
      );
      tenant.warn("Nobody has used this for long: containers are stopped now. Files are kept.");
      await tenant.stop().catch((error: unknown) => this.#log(`stopping ${id}: ${messageOf(error)}`));
    }
  }
}

function warning(left: number): string {
  const time = left >= 90_000 ? `${Math.round(left / 60_000)} minutes` : `${Math.ceil(left / 1_000)} seconds`;
  return `Nobody has used this for a while: in ${time} containers are stopped, files are kept. Press a key to go on.`;
}
