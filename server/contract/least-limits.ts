import type { LimitName } from "./extension-api.ts";
import { limitText } from "./size-text.ts";

const mebibyte = 2 ** 20;
const bytes: ReadonlySet<LimitName> = new Set(["memory", "disk", "logs", "bandwidth"]);

/**
 * Less of these would let nothing run, and everything fail in the kernel's words or for no reason that is told. What is
 * not named may be 0: no swap, no published ports. In the units of the limits.
 */
export const leastLimits: Readonly<Partial<Record<LimitName, number>>> = {
  // Docker's own, of one container.
  memory: 6 * mebibyte,
  cpus: 0.01,
  pids: 8,
  // POSIX (_POSIX_OPEN_MAX); a program that is started needs some to find its libraries.
  openFiles: 20,
  ioWeight: 1,
  disk: mebibyte,
  inodes: 100,
  logs: 64 * 1024,
  bandwidth: 1024,
  requests: 0.1,
  // `docker run` has three, and the page looks on.
  requestsAtOnce: 5,
  connections: 5,
  idleHours: 0.001,
};

/** What is wrong with a limit, to be told behind its name. Undefined: nothing. */
export function whyNoLimit(name: LimitName, value: number): string | undefined {
  const least = leastLimits[name] ?? 0;
  if (Number.isFinite(value) && value >= least) return undefined;
  return `is a number of ${bytes.has(name) ? limitText(least) : least} or more`;
}
