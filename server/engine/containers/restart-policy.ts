import type { Container } from "./container.ts";

/** Milliseconds: the first wait, the longest, and the run after which counting starts again (moby, restartmanager). */
const firstBackoff = 100;
const longestBackoff = 60_000;
const steadyRun = 10_000;

/** Whether a container whose run has just ended is started again. */
export function shouldRestart(container: Container, exitCode: number): boolean {
  const { name, maximumRetryCount } = container.host.restartPolicy;
  if (container.stoppedByUser || container.status === "removing") {
    return false;
  }
  if (name === "on-failure") {
    return exitCode !== 0 && (maximumRetryCount === 0 || container.restartCount < maximumRetryCount);
  }
  return name !== "no";
}

/** Whether a container that does not run is started when drydockd starts. */
export function startsWithDaemon(container: Container): boolean {
  if (container.status === "created" || container.status === "removing" || container.status === "dead") {
    return false;
  }
  return container.host.restartPolicy.name === "always" || shouldRestart(container, container.exitCode);
}

/** @param ranFor ms the run lasted */
export function nextBackoff(previous: number, ranFor: number): number {
  return previous === 0 || ranFor >= steadyRun ? firstBackoff : Math.min(previous * 2, longestBackoff);
}
