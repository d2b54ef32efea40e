import { Worker } from "node:worker_threads";
import { type ErrorCode, errorOfCode, Internal, messageOf } from "../errdefs/errors.ts";

/** To the thread. */
export type JobOrder<Job> = { id: number; kind: "do"; job: Job } | { id: number; kind: "abort"; reason: string };

/** From the thread. */
export type JobAnswer<Result, Progress> =
  | { id: number; kind: "progress"; progress: Progress }
  | { id: number; kind: "done"; result: Result }
  | { id: number; kind: "failed"; code: ErrorCode | undefined; message: string; detail: unknown };

interface Running<Result, Progress> {
  resolve: (result: Result) => void;
  reject: (error: Error) => void;
  onProgress: ((progress: Progress) => void) | undefined;
}

/** ms without work until the thread ends */
const idleMs = 30_000;

/**
 * A thread that does jobs beside the main one, many at a time; `serveJobs` is its other half. It is started when it is
 * first needed and ends when it is idle. What jobs are and come to is copied (structured clone).
 */
export class JobThread<Job, Result, Progress> {
  readonly #module: URL;
  readonly #errorOf: (code: ErrorCode, message: string, detail: unknown) => Error;
  #worker: Worker | undefined;
  readonly #running = new Map<number, Running<Result, Progress>>();
  #lastId = 0;
  #idle: NodeJS.Timeout | undefined;

  /** @param errorOf makes a job's error again from its code and message and what the thread says beside them: else its detail */
  constructor(
    module: URL,
    errorOf: (code: ErrorCode, message: string, detail: unknown) => Error = (code, message, detail) =>
      errorOfCode(code, message, detail as object | undefined),
  ) {
    this.#module = module;
    this.#errorOf = errorOf;
  }

  /** @throws what the job does; Internal when the thread ends under it */
  async run(
    job: Job,
    {
      signal,
      onProgress,
    }: { signal?: AbortSignal | undefined; onProgress?: ((progress: Progress) => void) | undefined },
  ): Promise<Result> {
    const worker = this.#start();
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#running.set(id, { resolve, reject, onProgress });
    const send = (order: JobOrder<Job>) => worker.postMessage(order, []);
    const onAbort = () => send({ id, kind: "abort", reason: messageOf(signal?.reason) });
    send({ id, kind: "do", job });
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#running.delete(id);
      if (this.#running.size === 0) this.#rest();
    }
  }

  #start(): Worker {
    clearTimeout(this.#idle);
    this.#worker?.ref();
    this.#worker ??= this.#fresh();
    return this.#worker;
  }

  #fresh(): Worker {
    // What its files' descriptors are may be koffi's to know, not Node's.
    const worker = new Worker(this.#module, { trackUnmanagedFds: false });
    worker.on("message", (answer: JobAnswer<Result, Progress>) => this.#hear(answer));
    let failure: unknown;
    worker.on("error", (error) => (failure = error));
    worker.once("exit", () => {
      if (this.#worker === worker) this.#worker = undefined;
      const error = new Internal(`the thread ${this.#module.pathname} has ended`, { cause: failure });
      for (const { reject } of this.#running.values()) reject(error);
    });
    return worker;
  }

  #hear(answer: JobAnswer<Result, Progress>): void {
    const running = this.#running.get(answer.id);
    switch (answer.kind) {
      case "progress":
        running?.onProgress?.(answer.progress);
        return;
      case "done":
        running?.resolve(answer.result);
        return;
      case "failed":
      default:
        running?.reject(this.#errorOf(answer.code ?? "internal", answer.message, answer.detail));
    }
  }

  /** Nothing is to be done: the thread no longer keeps the process, and ends unless there is more soon. */
  #rest(): void {
    const worker = this.#worker;
    worker?.unref();
    this.#idle = setTimeout(() => {
      this.#worker = undefined;
      void worker?.terminate();
    }, idleMs).unref();
  }
}
