import { parentPort } from "node:worker_threads";
import { isEngineError, messageOf } from "../errdefs/errors.ts";
import type { JobAnswer, JobOrder } from "./job-thread.ts";

/**
 * The thread's half of a `JobThread`: does what is ordered with `work`.
 * @param detailOf what is to be told of an error beside its code and message
 */
export function serveJobs<Job, Result, Progress>(
  work: (job: Job, tools: { signal: AbortSignal; report: (progress: Progress) => void }) => Promise<Result>,
  detailOf: (error: unknown) => unknown = (error) => (isEngineError(error) ? error.detail : undefined),
): void {
  const aborts = new Map<number, AbortController>();
  const answer = (message: JobAnswer<Result, Progress>) => parentPort?.postMessage(message, []);
  const begin = async (id: number, job: Job): Promise<void> => {
    const abort = new AbortController();
    aborts.set(id, abort);
    try {
      const report = (progress: Progress) => answer({ id, kind: "progress", progress });
      answer({ id, kind: "done", result: await work(job, { signal: abort.signal, report }) });
    } catch (error) {
      const code = isEngineError(error) ? error.code : undefined;
      answer({ id, kind: "failed", code, message: messageOf(error), detail: detailOf(error) });
    } finally {
      aborts.delete(id);
    }
  };
  parentPort?.on("message", (order: JobOrder<Job>) => {
    if (order.kind === "do") void begin(order.id, order.job);
    else aborts.get(order.id)?.abort(new Error(order.reason));
  });
}

/** Calls `tell` at most once in so many ms. */
export function throttled<T>(interval: number, tell: (value: T) => void): (value: T) => void {
  let next = 0;
  return (value) => {
    const now = performance.now();
    if (now < next) return;
    next = now + interval;
    tell(value);
  };
}
