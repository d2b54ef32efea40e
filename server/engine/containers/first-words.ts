import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { errnoCode } from "../mount/errno.ts";
import type { ContainerEntry } from "./container-entry.ts";

/** From its start on a container is given so long to say what it says at once. Milliseconds. */
const speechless = 500;
/** Between two looks at whether it is at work. Milliseconds. */
const interval = 5;
/** So many looks in a row must find it at rest. */
const looks = 2;

/**
 * Resolves when a container that was started just now has said what it says at once, and that is logged: when it has
 * ended, or waits for something, or after 0.5 s.
 *
 * A start by dockerd takes so long that a short program has said all when it returns; clients, docker-py's own tests
 * among them, ask for its log at once and count on that.
 */
export async function firstWords({ run, record, hub }: ContainerEntry): Promise<void> {
  const left = Math.min((record.startedAt ?? 0) + speechless - Date.now(), speechless);
  if (run === undefined || left <= 0) return;
  let ended = false;
  const settled = run.settled.then(() => void (ended = true));
  const until = performance.now() + left;
  for (let quiet = 0; quiet < looks && performance.now() < until; quiet++) {
    const before = hub.received;
    await Promise.race([settled, delay(interval)]);
    if (ended) return;
    // Asleep is also who waits for its output to be read.
    if (hub.received !== before || (await run.task.pids()).some(isAtWork)) quiet = -1;
  }
  await hub.logged();
}

/** Whether a thread of the process runs, or waits for a processor or a disk (proc(5), /proc/pid/stat). */
function isAtWork(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
      return "RD".includes(stat.charAt(stat.lastIndexOf(")") + 2));
    });
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes(errnoCode(error) ?? "")) return true; // it, or a thread, has ended just now
    throw error;
  }
}
