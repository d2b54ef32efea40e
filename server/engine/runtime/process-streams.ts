import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { JournaledOutput } from "./journaled-output.ts";
import { emptyOutput, FifoGuard, makeFifo, openInput, openOutput, touchWriter } from "./link/fifo.ts";
import type { ProcessIO, StreamOptions } from "./task.ts";

/** What a supervisor is told: paths, empty for a stream the process does not have. */
export interface StreamPaths {
  stdin: string;
  stdout: string;
  stderr: string;
}

/** The streams of one process (a task's init or an exec): its FIFOs and our ends of them. */
export class ProcessStreams {
  readonly paths: StreamPaths;
  readonly #settled: boolean;
  readonly #closeInput: () => Promise<void>;
  #guards: FifoGuard[] = [];
  #io: ProcessIO | undefined;

  /**
   * @param closeInput tells the supervisor that no more input will come
   */
  constructor(dir: string, prefix: string, wanted: StreamOptions, closeInput: () => Promise<void>) {
    const path = (stream: string) => join(dir, `${prefix}${stream}`);
    this.paths = {
      stdin: wanted.stdin ? path("stdin") : "",
      stdout: path("stdout"),
      // A terminal has one output.
      stderr: wanted.terminal ? "" : path("stderr"),
    };
    this.#settled = wanted.settled ?? false;
    this.#closeInput = closeInput;
  }

  get io(): ProcessIO {
    this.#io ??= this.#openIO();
    return this.#io;
  }

  /** Before the supervisor opens its ends. */
  prepare(): void {
    for (const path of this.#existing()) {
      makeFifo(path);
      this.#guards.push(new FifoGuard(path));
    }
    this.#io = this.#openIO();
  }

  /** When the supervisor has its ends: from now on the end of the output is seen. */
  release(): void {
    for (const guard of this.#guards.splice(0)) guard.close();
  }

  /** After a restart: the FIFOs are there, the process may have ended long ago. */
  reopen(): void {
    this.#io = this.#openIO();
    for (const path of this.#outputs()) touchWriter(path);
  }

  /** Gives up what is still unread. Idempotent. */
  remove(): void {
    this.release();
    this.#io?.stdin?.destroy();
    this.#io?.stdout.destroy();
    this.#io?.stderr.destroy();
    for (const path of this.#existing()) rmSync(path, { force: true });
    if (this.#settled) for (const path of this.#outputs()) rmSync(journalOf(path), { force: true });
  }

  #openIO(): ProcessIO {
    const { stdin, stdout, stderr } = this.paths;
    const opened: (Readable | Writable)[] = [];
    const kept = <Stream extends Readable | Writable | undefined>(stream: Stream): Stream => {
      if (stream !== undefined) opened.push(stream);
      return stream;
    };
    try {
      return {
        stdin: stdin === "" ? undefined : kept(openInput(stdin, this.#closeInput)),
        stdout: kept(this.#openOutput(stdout)),
        stderr: stderr === "" ? emptyOutput() : this.#openOutput(stderr),
      };
    } catch (error) {
      for (const stream of opened) stream.destroy();
      throw error;
    }
  }

  #openOutput(path: string): Readable {
    return this.#settled ? new JournaledOutput(path, journalOf(path)) : openOutput(path);
  }

  #outputs(): string[] {
    return [this.paths.stdout, this.paths.stderr].filter((path) => path !== "");
  }

  #existing(): string[] {
    return [this.paths.stdin, ...this.#outputs()].filter((path) => path !== "");
  }
}

function journalOf(fifo: string): string {
  return `${fifo}.journal`;
}
