import type { EngineEvent, EventBus } from "./events.ts";

/** What is remembered: so many, and no more characters than these. */
const remembered = { events: 1_000, characters: 8 * 1024 * 1024 };
/** A subscriber that reads slower than this loses its oldest events rather than our memory. */
const queued = { events: 10_000, characters: 8 * 1024 * 1024 };
const oneSecond = 1_000_000_000n;

/** The event bus of one tenant, in memory. Past events are gone after a restart, as dockerd's are. */
export class LocalEventBus implements EventBus {
  readonly #past = new Latest(remembered);
  readonly #subscribers = new Set<(event: Weighed) => void>();
  #lastNano = 0n;

  publish(event: Omit<EngineEvent, "timeNano">): void {
    const complete = { event: { ...event, timeNano: this.#now() }, weight: weightOf(event) };
    this.#past.push(complete);
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
    const queue = new Latest(queued);
    if (sinceNano !== undefined) {
      for (const past of this.#past.all) if (past.event.timeNano >= sinceNano) queue.push(past);
    }
    let wake: () => void = () => {};
    const deliver = (event: Weighed) => {
      queue.push(event);
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

interface Weighed {
  event: EngineEvent;
  /** characters */
  weight: number;
}

/** A learner's labels and commands are in events: of any number and length. */
function weightOf({ action, actor }: Pick<EngineEvent, "action" | "actor">): number {
  const words = [action, ...Object.entries(actor.attributes).flat()];
  return words.reduce((sum, word) => sum + word.length + 32, 0);
}

/** The latest events, as far as they are no more than `most`; the newest one always. */
class Latest {
  readonly #most: typeof remembered;
  readonly #events: Weighed[] = [];
  #weight = 0;

  constructor(most: typeof remembered) {
    this.#most = most;
  }

  get all(): readonly Weighed[] {
    return this.#events;
  }

  push(event: Weighed): void {
    this.#events.push(event);
    this.#weight += event.weight;
    while (this.#events.length > 1 && this.#isTooMuch()) this.shift();
  }

  /** The oldest. */
  shift(): EngineEvent | undefined {
    const first = this.#events.shift();
    this.#weight -= first?.weight ?? 0;
    return first?.event;
  }

  #isTooMuch(): boolean {
    return this.#events.length > this.#most.events || this.#weight > this.#most.characters;
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
