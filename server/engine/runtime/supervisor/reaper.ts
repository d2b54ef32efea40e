import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { becomeSubreaper, peekEnded, reap } from "./kernel.ts";
import { leaveUnprotected } from "./oom-score.ts";

/** How long the end of a process is remembered that nobody asked for yet. Milliseconds. */
const remembered = 30_000;

export interface Exit {
  code: number;
  /** ms since the epoch */
  exitedAt: number;
}

/**
 * Waits for processes that are not children of node's: a runtime starts a container's process and ends, and the orphan
 * becomes ours. Those that node started are left to node, which waits for each by its pid.
 */
export class Reaper {
  readonly #own = new Set<number>();
  readonly #waiting = new Map<number, (exit: Exit) => void>();
  readonly #ended = new Map<number, Exit>();

  constructor() {
    becomeSubreaper();
    process.on("SIGCHLD", () => this.#scan());
  }

  /** As node's. Every process has to be started by this. */
  spawn(program: string, args: string[], options: SpawnOptions): ChildProcess {
    const child = spawn(program, args, options);
    const { pid } = child;
    if (pid !== undefined) {
      this.#own.add(pid);
      leaveUnprotected(pid);
      child.once("exit", () => {
        this.#own.delete(pid);
        this.#scan();
      });
    }
    return child;
  }

  /**
   * Resolves when an orphan that was taken in ends, or has ended already. Once for each.
   * @param since ms since the epoch, before it was started: what ended earlier had the same pid and was another one
   */
  exitOf(pid: number, since: number): Promise<Exit> {
    const ended = this.#ended.get(pid);
    if (ended !== undefined && ended.exitedAt >= since) {
      this.#ended.delete(pid);
      return Promise.resolve(ended);
    }
    const exit = new Promise<Exit>((resolve) => this.#waiting.set(pid, resolve));
    this.#scan();
    return exit;
  }

  #scan(): void {
    // One of node's hides the others until node has taken it: then comes the next scan.
    for (let next = peekEnded(); next !== undefined && !this.#own.has(next.pid); next = peekEnded()) {
      reap(next.pid);
      this.#settle(next.pid, { code: next.code, exitedAt: Date.now() });
    }
  }

  #settle(pid: number, exit: Exit): void {
    const waiting = this.#waiting.get(pid);
    if (waiting !== undefined) {
      this.#waiting.delete(pid);
      waiting(exit);
      return;
    }
    this.#ended.set(pid, exit);
    setTimeout(() => this.#ended.get(pid) === exit && this.#ended.delete(pid), remembered).unref();
  }
}
