import { Cancelled } from "../errdefs/errors.ts";
import type { ContainerEntry } from "./container-entry.ts";
import type { WaitCondition } from "./container-service.ts";

/** `docker wait`: resolves when the container is as asked, by its record's changes. @throws Cancelled */
export function waitFor(
  entry: ContainerEntry,
  condition: WaitCondition,
  signal: AbortSignal,
): Promise<{ exitCode: number; error?: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ exitCode: number; error?: string }>();
  // A run in progress or to come must have ended; one that ended before does not count.
  const before = entry.record.finishedAt;
  let ran = isRunning(entry);
  const check = () => {
    ran ||= isRunning(entry);
    const ended = !isRunning(entry) && (entry.record.finishedAt !== before || (ran && entry.record.error !== ""));
    const met = {
      "not-running": !isRunning(entry),
      "next-exit": ended || entry.removed,
      removed: entry.removed,
    }[condition];
    if (met) {
      const { exitCode, error } = entry.record;
      // Whose removal was waited for is gone as it should; what kept it from starting was the start's answer.
      resolve(error === "" || condition === "removed" ? { exitCode } : { exitCode, error });
    }
  };
  const onAbort = () => reject(new Cancelled(`waiting for container ${entry.record.id} was cancelled`));
  entry.watchers.add(check);
  signal.addEventListener("abort", onAbort);
  check();
  if (signal.aborted) {
    onAbort();
  }
  return promise.finally(() => {
    entry.watchers.delete(check);
    signal.removeEventListener("abort", onAbort);
  });
}

function isRunning(entry: ContainerEntry): boolean {
  return entry.record.status === "running" || entry.record.status === "paused";
}
