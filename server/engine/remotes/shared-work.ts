import { Cancelled } from "../errdefs/errors.ts";

interface Running<Result, Progress> {
  result: Promise<Result>;
  abort: AbortController;
  listeners: Set<(progress: Progress) => void>;
  waiting: number;
  last: Progress | undefined;
}

/**
 * Work that several callers want at the same time is done once; all of them hear its progress. It is cancelled when
 * the last of them has gone. A failure reaches everyone who waits; who comes later starts anew.
 */
export class SharedWork<Result, Progress> {
  readonly #running = new Map<string, Running<Result, Progress>>();
  /** all that has not ended yet, also what was cancelled */
  readonly #unfinished = new Set<Promise<Result>>();

  async run(
    key: string,
    options: { signal?: AbortSignal | undefined; onProgress?: ((progress: Progress) => void) | undefined },
    work: (signal: AbortSignal, report: (progress: Progress) => void) => Promise<Result>,
  ): Promise<Result> {
    const { signal, onProgress } = options;
    if (signal?.aborted === true) {
      throw new Cancelled(`${key} was cancelled`, { cause: signal.reason });
    }
    const running = this.#running.get(key) ?? this.#start(key, work);
    running.waiting++;
    if (onProgress !== undefined) {
      running.listeners.add(onProgress);
      if (running.last !== undefined) {
        onProgress(running.last);
      }
    }
    const cancelled = Promise.withResolvers<never>();
    const onAbort = () => cancelled.reject(new Cancelled(`${key} was cancelled`, { cause: signal?.reason }));
    signal?.addEventListener("abort", onAbort);
    try {
      return await Promise.race([running.result, cancelled.promise]);
    } finally {
      signal?.removeEventListener("abort", onAbort);
      if (onProgress !== undefined) {
        running.listeners.delete(onProgress);
      }
      running.waiting--;
      if (running.waiting === 0 && this.#running.get(key) === running) {
        this.#running.delete(key);
        running.abort.abort(new Error("nobody waits for it any more"));
      }
    }
  }

  isRunning(key: string): boolean {
    return this.#running.has(key);
  }

  /** Cancels all of it and waits until it has cleaned up after itself. */
  async cancelAll(reason: Error): Promise<void> {
    for (const { abort } of this.#running.values()) {
      abort.abort(reason);
    }
    await Promise.allSettled(this.#unfinished);
  }

  #start(
    key: string,
    work: (signal: AbortSignal, report: (progress: Progress) => void) => Promise<Result>,
  ): Running<Result, Progress> {
    const abort = new AbortController();
    const report = (progress: Progress) => {
      running.last = progress;
      for (const listener of running.listeners) {
        listener(progress);
      }
    };
    // Not at once: it may report before there is anything to report to.
    const begin = async () => {
      await Promise.resolve();
      return await work(abort.signal, report);
    };
    const running: Running<Result, Progress> = {
      abort,
      listeners: new Set(),
      waiting: 0,
      last: undefined,
      result: begin().finally(() => {
        this.#unfinished.delete(running.result);
        if (this.#running.get(key) === running) {
          this.#running.delete(key);
        }
      }),
    };
    this.#unfinished.add(running.result);
    // Everyone who waits has gone: then nobody else would take note of the failure that their leaving causes.
    running.result.catch(() => undefined);
    this.#running.set(key, running);
    return running;
  }
}

/** Lets at most `limit` pieces of work run at a time; the others wait in order. */
export class Limiter {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) {
      this.#free--;
    } else {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) {
        this.#free++;
      } else {
        next();
      }
    }
  }
}
