import type { EngineEvent, EventBus } from "./events.ts";

const remembered = 1_000;
const oneSecond = 1_000_000_000n;
/** A subscriber that reads slower than this loses its oldest events rather than our memory. */
const maxQueued = 10_000;

/** The event bus of one tenant, in memory. Past events are gone after a restart, as dockerd's are. */
export class LocalEventBus implements EventBus {
  readonly #past: EngineEvent[] = [];
  readonly #subscribers = new Set<(event: EngineEvent) => void>();
  #lastNano = 0n;

  publish(event: Omit<EngineEvent, "timeNano">): void {
    const complete = { ...event, timeNano: this.#now() };
    this.#past.push(complete);
    if (this.#past.length > remembered) {
      this.#past.shift();
    }
    for (const deliver of this.#subscribers) {
      deliver(complete);
    }
  }

  async *subscribe(options: {
    sinceNano?: bigint;
    untilNano?: bigint;
    signal: AbortSignal;
  }): AsyncIterable<EngineEvent> {
    const { sinceNano, untilNano, signal } = options;
    const queue: EngineEvent[] =
      sinceNano === undefined ? [] : this.#past.filter((event) => event.timeNano >= sinceNano);
    let wake: () => void = () => {};
    const deliver = (event: EngineEvent) => {
      queue.push(event);
      if (queue.length > maxQueued) {
        queue.shift();
      }
      wake();
    };
    const end = AbortSignal.any([signal, ...untilSignal(untilNano)]);
    const onAbort = () => wake();
    this.#subscribers.add(deliver);
    end.addEventListener("abort", onAbort);
    try {
      for (;;) {
        for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
          // Not the end: a clock that was set back leaves events of later times behind.
          if (untilNano !== undefined && event.timeNano > untilNano) {
            continue;
          }
          yield event;
          if (signal.aborted) {
            return;
          }
        }
        if (end.aborted) {
          return;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      this.#subscribers.delete(deliver);
      end.removeEventListener("abort", onAbort);
    }
  }

  /** Milliseconds of the clock, made strictly growing by counting on in nanoseconds, but where the clock was set back. */
  #now(): bigint {
    const now = BigInt(Date.now()) * 1_000_000n;
    const setBack = now + oneSecond < this.#lastNano;
    this.#lastNano = now > this.#lastNano || setBack ? now : this.#lastNano + 1n;
    return this.#lastNano;
  }
}

/** setTimeout takes at most 2^31 - 1 ms; a subscription that is to last longer ends then, after 24 days. */
const longestTimeout = 2 ** 31 - 1;

function untilSignal(untilNano: bigint | undefined): AbortSignal[] {
  if (untilNano === undefined) {
    return [];
  }
  const left = Number(untilNano / 1_000_000n) - Date.now();
  return [left <= 0 ? AbortSignal.abort() : AbortSignal.timeout(Math.min(left, longestTimeout))];
}
