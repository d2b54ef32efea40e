import { statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { errnoCode } from "../mount/errno.ts";
import { commandLineOf } from "./command-line.ts";

/** How long a container's init may take from its start to its program. Milliseconds. */
const limit = 5_000;

/**
 * The moment at which a container's init process stops being the runtime and becomes the program. `start` returns a
 * little before it; until then the process belongs to the host's user namespace, and an exec that enters the container
 * is refused by the kernel (setns(2): EPERM, as ptrace access is checked against the process's memory).
 */
export class ProgramStart {
  readonly #pid: number;
  readonly #runtime: string | undefined;

  /** Before `start`, while the process is still the runtime. */
  constructor(pid: number) {
    this.#pid = pid;
    // gVisor's sandbox stays what it is: the program runs within.
    this.#runtime = isSandbox(pid) ? undefined : executableOf(pid);
  }

  /** Resolves when the program runs, or has ended already. */
  async reached(): Promise<void> {
    const end = Date.now() + limit;
    while (this.#runtime !== undefined && executableOf(this.#pid) === this.#runtime && Date.now() < end) {
      await delay(1);
    }
  }
}

function isSandbox(pid: number): boolean {
  return commandLineOf(pid)[0]?.startsWith("runsc-sandbox") === true;
}

/** Which file a process runs; undefined when it is gone. */
function executableOf(pid: number): string | undefined {
  try {
    const { dev, ino } = statSync(`/proc/${pid}/exe`);
    return `${dev}:${ino}`;
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes(errnoCode(error) ?? "")) return undefined;
    throw error;
  }
}
