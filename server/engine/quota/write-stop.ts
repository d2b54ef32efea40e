import { readFileSync } from "node:fs";
import { errno, SystemCallError } from "../mount/errno.ts";
import { prlimit } from "../mount/libc.ts";

/** setrlimit(2): the largest file; a write beyond it fails with EFBIG, and SIGXFSZ ends who does not expect it. */
const RLIMIT_FSIZE = 1;

/**
 * Refuses writes to files for all processes of a tenant, where the file system itself has no quota: with their soft
 * limit of the size of files at 0 no write, no truncate and no fallocate that makes a file longer succeeds. Reading,
 * deleting, pipes and terminals go on. Children inherit it; what starts otherwise gets it at the next `apply`.
 */
export class WriteStop {
  readonly #pids: () => number[];
  /** pid and start of those that were stopped */
  readonly #stopped = new Set<string>();

  constructor(pids: () => number[]) {
    this.#pids = pids;
  }

  get active(): boolean {
    return this.#stopped.size > 0;
  }

  /** Idempotent. A process that has raised its limit again is killed. @returns how many were killed */
  apply(): number {
    let killed = 0;
    for (const pid of this.#pids()) {
      const limit = settled(prlimit(pid, RLIMIT_FSIZE));
      const process = identity(pid);
      if (limit === undefined || process === undefined) continue;
      if (limit.soft === 0n) {
        this.#stopped.add(process);
      } else if (this.#stopped.has(process)) {
        kill(pid);
        killed++;
      } else {
        settled(prlimit(pid, RLIMIT_FSIZE, { soft: 0n, hard: limit.hard }));
        this.#stopped.add(process);
      }
    }
    return killed;
  }

  /** Lets them write again. Idempotent. */
  release(): void {
    if (!this.active) return;
    this.#stopped.clear();
    for (const pid of this.#pids()) {
      const limit = settled(prlimit(pid, RLIMIT_FSIZE));
      if (limit?.soft === 0n) settled(prlimit(pid, RLIMIT_FSIZE, { soft: limit.hard, hard: limit.hard }));
    }
  }
}

/** Undefined when the process has ended meanwhile. @throws SystemCallError */
function settled(result: ReturnType<typeof prlimit>): { soft: bigint; hard: bigint } | undefined {
  if (typeof result !== "number") return result;
  if (result === -errno.ESRCH) return undefined;
  throw new SystemCallError("prlimit", -result);
}

/** Pids are given again: with the time of its start (proc(5), stat field 22) one stands for one process. */
function identity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return `${pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""}`;
  } catch {
    // It has ended.
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
