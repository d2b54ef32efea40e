import { InvalidArgument } from "../../errdefs/errors.ts";
import type { HostFacts } from "./host.ts";

/** One `--ulimit`: `name` as Docker spells it (`nofile`), -1 for unlimited. */
export interface Ulimit {
  name: string;
  soft: number;
  hard: number;
}

const ulimitNames = new Set(
  "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack as".split(" "),
);

/** Docker's daemon starts containers with this many open files, wherever the machine permits it. */
const defaultOpenFiles = 1_048_576;
/** Stands for "no limit": what is written for the runtime is RLIM_INFINITY (spec-text.ts). */
export const unlimited = 2 ** 53 - 1;
/**
 * What the kernel counts for whoever made a user namespace, too, which is root for all containers: together they would
 * have what one may (kernel/ucount.c), and one could leave nothing for the others. The control group limits them: each
 * of these is a process, or memory.
 */
const sharedByAll = ["RLIMIT_NPROC", "RLIMIT_MEMLOCK", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE"];

/**
 * Resource limits of a container, clamped to the hard limits of drydockd where it may not raise them
 * (without CAP_SYS_RESOURCE the kernel answers EPERM and nothing would start).
 * @param openFiles the most that a process of this tenant may have open, whatever is asked for
 * @throws InvalidArgument for an unknown name, or soft above hard
 */
export function resolveRlimits(
  ulimits: readonly Ulimit[],
  host: Pick<HostFacts, "capabilities" | "hardLimits">,
  openFiles = Infinity,
): { type: string; soft: number; hard: number }[] {
  const mayRaise = host.capabilities.includes("CAP_SYS_RESOURCE");
  const wanted = new Map<string, { soft: number; hard: number }>([
    ["RLIMIT_NOFILE", { soft: defaultOpenFiles, hard: defaultOpenFiles }],
    ...(mayRaise ? sharedByAll : []).map((type) => [type, { soft: unlimited, hard: unlimited }] as const),
  ]);
  for (const { name, soft, hard } of ulimits) {
    if (!ulimitNames.has(name)) throw new InvalidArgument(`invalid ulimit type: ${name}`);
    const top = hard === -1 ? unlimited : hard;
    const low = soft === -1 ? unlimited : soft;
    if (low > top) {
      throw new InvalidArgument(`ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`);
    }
    wanted.set(`RLIMIT_${name.toUpperCase()}`, { soft: low, hard: top });
  }
  return [...wanted].map(([type, limit]) => {
    const permitted = host.hardLimits.get(type) ?? Number.POSITIVE_INFINITY;
    // fs.nr_open bounds open files even for the privileged; defaultOpenFiles is its usual value.
    const possible = mayRaise ? limit.hard : Math.min(limit.hard, permitted);
    const hard = type === "RLIMIT_NOFILE" ? Math.min(possible, openFiles) : possible;
    return { type, soft: Math.min(limit.soft, hard), hard };
  });
}
