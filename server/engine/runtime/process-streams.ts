import { rm } from "node:fs/promises";
import { join } from "node:path";
import { emptyOutput, FifoGuard, makeFifo, openInput, openOutput, touchWriter } from "./shim/fifo.ts";
import type { Keeper } from "./shim/keeper.ts";
import type { ProcessIO } from "./task.ts";

/** What a shim is told: paths, empty for a stream the process does not have. */
export interface StreamPaths {
  stdin: string;
  stdout: string;
  stderr: string;
}

/** The streams of one process (a task's init or an exec): its FIFOs, the keeper's hold on them, our ends. */
export class ProcessStreams {
  readonly paths: StreamPaths;
  readonly #name: string;
  readonly #keeper: Keeper;
  readonly #closeInput: () => Promise<void>;
  #guards: FifoGuard[] = [];
  #io: ProcessIO | undefined;

  /**
   * @param name unique, of `[a-z0-9.-]`
   * @param closeInput tells the shim that no more input will come
   */
  constructor(
    dir: string,
    prefix: string,
    name: string,
    keeper: Keeper,
    wanted: { terminal: boolean; stdin: boolean },
    closeInput: () => Promise<void>,
  ) {
    const path = (stream: string) => join(dir, `${prefix}${stream}`);
    this.paths = {
      stdin: wanted.stdin ? path("stdin") : "",
      stdout: path("stdout"),
      // A terminal has one output.
      stderr: wanted.terminal ? "" : path("stderr"),
    };
    this.#name = name;
    this.#keeper = keeper;
    this.#closeInput = closeInput;
  }

  get io(): ProcessIO {
    this.#io ??= this.#openIO();
    return this.#io;
  }

  /** Before the shim opens its ends. */
  prepare(): void {
    for (const path of this.#existing()) {
      makeFifo(path);
      this.#guards.push(new FifoGuard(path));
    }
    this.#keeper.keep(this.#name, this.#outputs());
    this.#io = this.#openIO();
  }

  /** When the shim has its ends: from now on the end of the output is seen. */
  release(): void {
    for (const guard of this.#guards.splice(0)) guard.close();
  }

  /** After a restart: the FIFOs are there, the process may have ended long ago. */
  reopen(): void {
    this.#keeper.keep(this.#name, this.#outputs());
    this.#io = this.#openIO();
    for (const path of this.#outputs()) touchWriter(path);
  }

  /** Gives up what is still unread. Idempotent. */
  async remove(): Promise<void> {
    this.release();
    this.#io?.stdin?.destroy();
    this.#io?.stdout.destroy();
    this.#io?.stderr.destroy();
    this.#keeper.drop(this.#name);
    await Promise.all(this.#existing().map((path) => rm(path, { force: true })));
  }

  #openIO(): ProcessIO {
    const { stdin, stdout, stderr } = this.paths;
    return {
      stdin: stdin === "" ? undefined : openInput(stdin, this.#closeInput),
      stdout: openOutput(stdout),
      stderr: stderr === "" ? emptyOutput() : openOutput(stderr),
    };
  }

  #outputs(): string[] {
    return [this.paths.stdout, this.paths.stderr].filter((path) => path !== "");
  }

  #existing(): string[] {
    return [this.paths.stdin, ...this.#outputs()].filter((path) => path !== "");
  }
}
