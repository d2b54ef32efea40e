import { closeSync, constants, openSync, readFileSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { Internal } from "../../errdefs/errors.ts";
import type { Reaper } from "./reaper.ts";
import type { Stdio } from "./spawn.ts";

interface RunOptions {
  stdio?: Stdio;
  /** where the runtime writes what goes wrong; by default in the bundle */
  log?: string;
  /** arguments after the id */
  rest?: string[];
}

const none: Stdio = [undefined, undefined, undefined];

/** One OCI runtime's command line (runc(8)), for one container. */
export class RuntimeProgram {
  readonly #reaper: Reaper;
  readonly #binary: string;
  readonly #root: string;
  readonly #bundle: string;
  readonly #id: string;

  constructor(reaper: Reaper, place: { binary: string; root: string; bundle: string; id: string }) {
    this.#reaper = reaper;
    this.#binary = place.binary;
    this.#root = place.root;
    this.#bundle = place.bundle;
    this.#id = place.id;
  }

  get #isCrun(): boolean {
    return this.#binary.endsWith("/crun");
  }

  /** @returns the pid of the container's first process, which waits for `start` */
  async create(options: { console: string | undefined; stdio: Stdio }): Promise<number> {
    const pidFile = join(this.#bundle, "init.pid");
    const console = options.console === undefined ? [] : ["--console-socket", options.console];
    await this.#run("create", ["--bundle", this.#bundle, "--pid-file", pidFile, ...console], { stdio: options.stdio });
    return readPid(pidFile);
  }

  async start(): Promise<void> {
    if (!this.#openTheGate()) await this.#run("start", []);
  }

  /** @param name unique among the container's processes; `<bundle>/<name>.json` describes it. @returns its pid */
  async exec(name: string, options: { console: string | undefined; stdio: Stdio }): Promise<number> {
    const pidFile = join(this.#bundle, `${name}.pid`);
    const description = join(this.#bundle, `${name}.json`);
    const log = join(this.#bundle, `${name}.log`);
    const console = options.console === undefined ? [] : ["--console-socket", options.console];
    try {
      const args = ["--process", description, "--detach", "--pid-file", pidFile, ...console];
      await this.#run("exec", args, { stdio: options.stdio, log });
      return readPid(pidFile);
    } finally {
      for (const file of [pidFile, description, log]) rmSync(file, { force: true });
    }
  }

  async kill(signal: number, all: boolean): Promise<void> {
    await this.#run("kill", all ? ["--all"] : [], { rest: [String(signal)] });
  }

  /** Also when the bundle has gone. */
  async delete(): Promise<void> {
    const log = join(dirname(this.#root), `delete-${this.#id}.log`);
    try {
      await this.#run("delete", ["--force"], { log });
    } finally {
      rmSync(log, { force: true });
    }
  }

  async pause(): Promise<void> {
    await this.#run("pause", []);
  }

  async resume(): Promise<void> {
    await this.#run("resume", []);
  }

  /** @param resources path of a file */
  async update(resources: string): Promise<void> {
    await this.#run("update", ["--resources", resources]);
  }

  /**
   * crun's `start` is one byte into a FIFO on which the container's process waits, and the FIFO's removal (crun,
   * libcrun/status.c): done here, it takes 0.1 ms instead of 4. False where there is no such FIFO or nobody waits:
   * then the runtime has to do it, or to say what is wrong.
   */
  #openTheGate(): boolean {
    const gate = join(this.#root, this.#id, "exec.fifo");
    if (!this.#isCrun) return false;
    try {
      const fd = openSync(gate, constants.O_WRONLY | constants.O_NONBLOCK);
      try {
        unlinkSync(gate);
        writeSync(fd, "\0");
      } finally {
        closeSync(fd);
      }
      return true;
    } catch {
      return false;
    }
  }

  /** @throws Internal with what the runtime says */
  async #run(
    command: string,
    options: string[],
    { stdio = none, log = join(this.#bundle, `${command}.log`), rest = [] }: RunOptions = {},
  ): Promise<void> {
    // crun says in this format, on the container's own stderr, why a program that it has found cannot be run.
    const format = this.#isCrun ? "text" : "json";
    const args = ["--root", this.#root, "--log", log, "--log-format", format, command, ...options, this.#id, ...rest];
    const { code } = await this.#reaper.run(this.#binary, args, stdio);
    if (code !== 0) throw new Internal(failureIn(log) || `${command} ended with exit status ${code}`);
  }
}

function readPid(file: string): number {
  return Number(readFileSync(file, "utf8"));
}

/** The message of the last error in a runtime's log: one JSON object in each line, or a time and the message. */
function failureIn(log: string): string {
  let text: string;
  try {
    text = readFileSync(log, "utf8");
  } catch {
    return ""; // it ended before it could write one
  }
  const messages = text
    .split("\n")
    .filter(Boolean)
    .flatMap((line) => {
      try {
        const { level, msg } = JSON.parse(line) as { level?: string; msg?: string };
        return level === undefined || level === "error" || level === "fatal" ? [msg ?? ""] : [];
      } catch {
        return [line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z: /, "")];
      }
    });
  return messages.at(-1) ?? "";
}
