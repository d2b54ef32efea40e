import { existsSync, readFileSync } from "node:fs";
import { becomeSubreaper, type Ended, endedChild, release } from "./kernel.ts";
import { leaveUnprotected } from "./oom-score.ts";
import { spawnProgram, type Stdio } from "./spawn.ts";

/** How long the end of a process is remembered that nobody asked for yet. Milliseconds. */
const remembered = 30_000;

export interface Exit {
  code: number;
  /** ms since the epoch */
  exitedAt: number;
}

/**
 * Waits for all processes that end: the runtimes that are called here, and those that they leave behind. A runtime
 * starts a container's process and ends, and the orphan becomes ours.
 *
 * Where drydockd looks into a container it goes by the pid of its first process. That one stays in the process table
 * until drydockd has done with it (`letGo`): the kernel would give its number to another process, maybe the machine's own.
 */
export class Reaper {
  readonly #waiting = new Map<number, { settle: (exit: Exit) => void; keep: boolean }>();
  readonly #ended = new Map<number, Exit>();
  /** have ended, were asked for, and are in the process table still */
  readonly #kept = new Set<number>();

  constructor() {
    becomeSubreaper();
    process.on("SIGCHLD", () => this.#scan());
  }

  /** Runs a program. @returns how it ended @throws Internal when it cannot be run */
  run(program: string, args: readonly string[], stdio: Stdio): Promise<Exit> {
    const since = Date.now();
    const pid = spawnProgram(program, args, stdio);
    leaveUnprotected(pid);
    return this.exitOf(pid, since);
  }

  /**
   * Resolves when a process ends, or has ended already. Once for each.
   * @param since ms since the epoch, before it was started: what ended earlier had the same pid and was another one
   * @param options.keep from its end on its pid is no other's until it is let go
   */
  exitOf(pid: number, since: number, { keep = false } = {}): Promise<Exit> {
    const ended = this.#ended.get(pid);
    if (ended !== undefined && ended.exitedAt >= since) {
      this.#ended.delete(pid);
      return Promise.resolve(ended);
    }
    const exit = new Promise<Exit>((settle) => this.#waiting.set(pid, { settle, keep }));
    this.#scan();
    return exit;
  }

  /** Its pid may be another's from now on. Idempotent. */
  letGo(pid: number): void {
    if (!this.#kept.delete(pid)) return;
    release(pid);
    this.#scan();
  }

  #scan(): void {
    for (let next = endedChild(); next !== undefined; next = endedChild()) {
      if (this.#kept.has(next.pid)) {
        // It hides those that come after it.
        for (const pid of childrenOf(process.pid) ?? this.#waiting.keys()) {
          if (!this.#kept.has(pid)) this.#settle(endedChild(pid));
        }
        return;
      }
      this.#settle(next);
    }
  }

  #settle(ended: Ended | undefined): void {
    if (ended === undefined) return;
    const { pid, code } = ended;
    const exit = { code, exitedAt: Date.now() };
    const waiting = this.#waiting.get(pid);
    this.#waiting.delete(pid);
    if (waiting?.keep === true) this.#kept.add(pid);
    // At once: a process namespace ends when those who were started in it from outside have been taken out of the table.
    else release(pid);
    if (waiting === undefined) this.#remember(pid, exit);
    else waiting.settle(exit);
  }

  /** Somebody may ask for it still. */
  #remember(pid: number, exit: Exit): void {
    this.#ended.set(pid, exit);
    setTimeout(() => this.#ended.get(pid) === exit && this.#ended.delete(pid), remembered).unref();
  }
}

/**
 * Also those that have ended and are in the process table still (proc(5), /proc/pid/task/tid/children). Undefined: the
 * kernel does not tell.
 */
function childrenOf(pid: number): number[] | undefined {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, "utf8").split(" ").filter(Boolean).map(Number) : undefined;
}
