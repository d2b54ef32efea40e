import { HttpError } from "../daemon/http/http-status.ts";
import type { LoopShare } from "../engine/concurrency/loop-shares.ts";
import { Turns } from "../engine/concurrency/turns.ts";
import type { Tenant } from "../engine/tenants/tenant.ts";

/** Of one tenant's requests, so many are begun at once; the next when one is answered, or waits for something longer. */
const begunAtOnce = 2;
/** How long a request counts as begun: what takes longer mostly waits (for an end, for a registry). ms */
const begunFor = 100;
/** What somebody types has no longer answer than this, mostly; bytes */
const keystroke = 1_024;
/** Seconds' worth of requests that may come at once. */
const burst = 10;

export interface RequestTurnsOptions {
  tenant: Pick<Tenant, "limits">;
  share: LoopShare;
}

/** What one tenant's requests may ask of `drydockd`: so many a second, so many at once, and its share of the time. */
export class RequestTurns {
  readonly #options: RequestTurnsOptions;
  readonly #turns = new Turns({ atOnce: () => begunAtOnce, countedFor: begunFor });
  #unanswered = 0;
  #tokens: number | undefined;
  #at = performance.now();

  constructor(options: RequestTurnsOptions) {
    this.#options = options;
  }

  /** being answered now */
  get unanswered(): number {
    return this.#unanswered;
  }

  /**
   * Answers one request in its turn. Who is limited in nothing (the operator) waits for nobody.
   * @throws HttpError 429: too many
   */
  async run<T>(answer: () => Promise<T>): Promise<T> {
    const { tenant, share } = this.#options;
    this.#countRequest();
    share.present();
    const { requestsAtOnce: most } = tenant.limits;
    if (most === undefined) return await answer();
    if (this.#unanswered >= most) {
      throw new HttpError(
        429,
        `${most} requests at once are allowed here, and so many wait for an answer: wait for one`,
        {
          "Retry-After": "1",
        },
      );
    }
    this.#unanswered++;
    try {
      return await this.inTurn(answer);
    } finally {
      this.#unanswered--;
    }
  }

  /** Work that goes on when the answer has begun (a build, a pull), in its turn too. */
  async inTurn<T>(answer: () => Promise<T>): Promise<T> {
    const { tenant, share } = this.#options;
    if (tenant.limits.requestsAtOnce === undefined) return await answer();
    return await this.#turns.run(answer, async () => {
      await share.ready();
      return share.begin();
    });
  }

  /**
   * A stream to the client, whose writing is the tenant's time; what is no more than a terminal says to a key waits for
   * nothing.
   */
  paced(write: (chunk: Uint8Array) => Promise<void>): (chunk: Uint8Array) => Promise<void> {
    const { share } = this.#options;
    return (chunk) => (chunk.length < keystroke ? write(chunk) : share.spend(() => write(chunk)));
  }

  /** A token bucket. @throws HttpError 429 with the seconds to wait */
  #countRequest(): void {
    const { requests: rate } = this.#options.tenant.limits;
    if (rate === undefined) return;
    const now = performance.now();
    const most = Math.max(1, rate * burst);
    this.#tokens = Math.min(most, (this.#tokens ?? most) + ((now - this.#at) / 1000) * rate);
    this.#at = now;
    if (this.#tokens < 1) {
      const wait = rate === 0 ? 60 : Math.max(1, Math.ceil((1 - this.#tokens) / rate));
      throw new HttpError(429, `too many requests: ${rate} a second are allowed here; try again in ${wait} s`, {
        "Retry-After": String(wait),
      });
    }
    this.#tokens -= 1;
  }
}
