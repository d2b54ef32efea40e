import type { IncomingMessage } from "node:http";

const hour = 3_600_000;

/** How many workspaces one address may make in an hour. */
export class NewcomerLimit {
  readonly #perHour: number;
  readonly #behindProxy: boolean;
  #counts = new Map<string, number>();
  #since = Date.now();

  /** `behindProxy`: the address is the last one of X-Forwarded-For, which the proxy in front wrote. */
  constructor(perHour: number, behindProxy: boolean) {
    this.#perHour = perHour;
    this.#behindProxy = behindProxy;
  }

  /** Counts one; false when it is one too many. */
  admit(request: IncomingMessage): boolean {
    if (Date.now() - this.#since > hour) {
      this.#counts = new Map();
      this.#since = Date.now();
    }
    const address = this.#address(request);
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.#counts.set(address, count);
    return count <= this.#perHour;
  }

  #address(request: IncomingMessage): string {
    const forwarded = String(request.headers["x-forwarded-for"] ?? "")
      .split(",")
      .at(-1)
      ?.trim();
    return (this.#behindProxy && forwarded) || (request.socket.remoteAddress ?? "");
  }
}
