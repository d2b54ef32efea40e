import type { IncomingMessage } from "node:http";
import { addressOf } from "../http/address-limits.ts";
import { Problem } from "../http/problem.ts";
import type { Counter } from "../peers/peers.ts";

const hour = 3_600_000;

/** How many workspaces one address may make in an hour. */
export class NewcomerLimit {
  readonly #perHour: number;
  readonly #behindProxy: boolean;
  readonly #counter: Counter;

  constructor(perHour: number, behindProxy: boolean, counter: Counter) {
    this.#perHour = perHour;
    this.#behindProxy = behindProxy;
    this.#counter = counter;
  }

  /** Counts one. @throws Problem 429 when it is one too many */
  async admit(request: IncomingMessage): Promise<void> {
    const count = await this.#counter.count(`newcomers:${addressOf(request, this.#behindProxy)}`, hour);
    if (count <= this.#perHour) return;
    throw new Problem(
      429,
      "Too many workspaces were opened from this address within an hour. Try again a little later.",
      { reason: "too-many" },
    );
  }
}
