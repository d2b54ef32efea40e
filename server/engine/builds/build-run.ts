import type { BuildEvent, NewBuildEvent } from "../../contract/build-events.ts";

/** Bytes of events that one build keeps; what is logged beyond that is counted, not kept. */
const maxBytes = 16 * 1024 * 1024;
/** Bytes of an event besides its text, about. */
const overhead = 200;

/** A running build's events: kept whole in memory while it runs, so that any number of readers can follow. */
export class BuildRun {
  readonly id: string;
  readonly canceller = new AbortController();
  readonly #events: BuildEvent[] = [];
  readonly #append: (event: BuildEvent) => void;
  readonly #wakers = new Set<() => void>();
  #bytes = 0;
  #left = 0;
  #ended = false;
  /** resolves when the build is over and settled */
  readonly over: Promise<void>;
  #settle: () => void = () => {};

  constructor(id: string, append: (event: BuildEvent) => void) {
    this.id = id;
    this.#append = append;
    this.over = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  add(event: NewBuildEvent): void {
    if (event.type === "log" && this.#bytes > maxBytes) {
      this.#left += event.text.length;
      return;
    }
    if (this.#left > 0 && event.type === "vertex-completed") {
      const truncated = this.#left;
      this.#left = 0;
      this.#push({ type: "log", id: event.id, stream: "stderr", text: "", truncated });
    }
    this.#push(event);
  }

  /** When the last thing happened: for a build that is over, its end. ms since the epoch */
  get lastTime(): number {
    return this.#events.at(-1)?.time ?? Date.now();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
    this.#settle();
  }

  /** From that number on, live, until the end or the signal. */
  async *read(from: number, signal: AbortSignal): AsyncGenerator<BuildEvent> {
    let next = Math.max(0, from);
    while (!signal.aborted) {
      const event = this.#events[next];
      if (event !== undefined) {
        next++;
        yield event;
      } else if (this.#ended) {
        return;
      } else {
        await this.#news(signal);
      }
    }
  }

  #push(event: NewBuildEvent): void {
    const complete: BuildEvent = { ...event, seq: this.#events.length, time: Date.now() };
    this.#events.push(complete);
    this.#bytes += overhead + (event.type === "log" ? event.text.length : 0);
    this.#append(complete);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#wakers) {
      wake();
    }
    this.#wakers.clear();
  }

  async #news(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wakers.add(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}
