import { HttpError } from "../daemon/http/http-status.ts";
import type { LoopShare } from "../engine/concurrency/loop-shares.ts";
import { Turns } from "../engine/concurrency/turns.ts";
import { TokenBucket } from "../contract/token-bucket.ts";
import type { Tenant } from "../engine/tenants/tenant.ts";

/** Of one tenant's requests, so many are begun at once; the next when one is answered, or waits for something longer. */
const begunAtOnce = 2;
/** How long a request counts as begun: what takes longer mostly waits (for an end, for a registry). ms */
const begunFor = 100;
/** What somebody types has no longer answer than this, mostly; bytes */
const keystroke = 1_024;
/** Seconds' worth of requests that may come at once. */
const burst = 10;
/** Told to who may ask for nothing, seconds. */
const longestWait = 60;

export interface RequestTurnsOptions {
  tenant: Pick<Tenant, "limits">;
  share: LoopShare;
}

/** What one tenant's requests may ask of `drydockd`: so many a second, so many at once, and its share of the time. */
export class RequestTurns {
  readonly #options: RequestTurnsOptions;
  readonly #turns = new Turns({ atOnce: () => begunAtOnce, countedFor: begunFor });
  #unanswered = 0;
  readonly #rate: TokenBucket;

  constructor(options: RequestTurnsOptions) {
    this.#options = options;
    this.#rate = new TokenBucket(() => {
      const { requests = 0 } = options.tenant.limits;
      return { burst: Math.max(1, requests * burst), perSecond: requests };
    });
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
    return await this.#turns.run(answer, () => share.ready());
  }

  /**
   * A stream to the client, whose writing is the tenant's time; what is no more than a terminal says to a key waits for
   * nothing.
   */
  paced(write: (chunk: Uint8Array) => Promise<void>): (chunk: Uint8Array) => Promise<void> {
    const { share } = this.#options;
    return (chunk) => (chunk.length < keystroke ? write(chunk) : share.spend(() => write(chunk)));
  }

  /** @throws HttpError 429 with the seconds to wait */
  #countRequest(): void {
    const { requests: rate } = this.#options.tenant.limits;
    if (rate === undefined) return;
    if (this.#rate.take(1)) return;
    const wait = rate === 0 ? longestWait : Math.max(1, Math.ceil(this.#rate.wait(1)));
    throw new HttpError(429, `too many requests: ${rate} a second are allowed here; try again in ${wait} s`, {
      "Retry-After": String(wait),
    });
  }
}
