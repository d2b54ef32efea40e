import { becomeSubreaper, reap } from "./kernel.ts";
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
 */
export class Reaper {
  readonly #waiting = new Map<number, (exit: Exit) => void>();
  readonly #ended = new Map<number, Exit>();

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
    for (let next = reap(); next !== undefined; next = reap()) {
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
