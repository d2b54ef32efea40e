import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AlreadyExists, FailedPrecondition, NotFound } from "../../errdefs/errors.ts";
import type { Owner } from "./process-fifos.ts";
import type { Exit, Reaper } from "./reaper.ts";
import type { RuntimeProgram } from "./runtime-program.ts";
import { SupervisedProcess } from "./supervised-process.ts";

interface Paths {
  terminal: boolean;
  stdin: string;
  stdout: string;
  stderr: string;
}

/** A container: its first process, and those that were started in it later. */
export class SupervisedContainer {
  readonly id: string;
  readonly bundle: string;
  readonly init: SupervisedProcess;
  readonly runtime: RuntimeProgram;
  readonly #reaper: Reaper;
  readonly #owner: Owner;
  readonly #execs = new Map<string, SupervisedProcess>();
  started = false;
  paused = false;

  constructor(
    reaper: Reaper,
    runtime: RuntimeProgram,
    place: { id: string; bundle: string; owner: Owner },
    paths: Paths,
  ) {
    this.#reaper = reaper;
    this.id = place.id;
    this.bundle = place.bundle;
    this.runtime = runtime;
    this.#owner = place.owner;
    this.init = new SupervisedProcess({ ...paths, owner: place.owner, consolePath: consolePath(place.bundle) });
  }

  async create(): Promise<void> {
    await this.init.launch(this.#reaper, (options) => this.runtime.create(options), { keep: true });
  }

  /** @param description of the process, as in the runtime spec */
  addExec(execId: string, paths: Paths, description: Buffer): void {
    if (this.#execs.has(execId)) throw new AlreadyExists(`exec ${execId} exists already`);
    writeFileSync(join(this.bundle, `${execId}.json`), description, { mode: 0o600 });
    this.#execs.set(
      execId,
      new SupervisedProcess({ ...paths, owner: this.#owner, consolePath: consolePath(this.bundle) }),
    );
  }

  async start(execId: string): Promise<SupervisedProcess> {
    const process = this.process(execId);
    if (execId === "") {
      if (this.started) throw new FailedPrecondition(`the container ${this.id} has been started`);
      await this.runtime.start();
      this.started = true;
    } else {
      if (this.init.exit !== undefined) throw new NotFound("the container has exited: process already finished");
      try {
        await process.launch(this.#reaper, (options) => this.runtime.exec(execId, options));
      } catch (error) {
        this.#execs.delete(execId);
        throw error;
      }
    }
    return process;
  }

  /** @throws NotFound */
  process(execId: string): SupervisedProcess {
    const process = execId === "" ? this.init : this.#execs.get(execId);
    if (process === undefined) throw new NotFound(`exec ${execId} of the container ${this.id} not found`);
    return process;
  }

  /** With its execs. Nobody goes by its pid any more. */
  letGo(): void {
    this.#reaper.letGo(this.init.pid);
    for (const process of [this.init, ...this.#execs.values()]) process.letGo();
  }

  /** Forgets an exec that has ended, or was never started. */
  removeExec(execId: string): Exit | undefined {
    const process = this.process(execId);
    if (process.pid !== 0 && process.exit === undefined) {
      throw new FailedPrecondition(`exec ${execId} is running`);
    }
    process.letGo();
    this.#execs.delete(execId);
    return process.exit;
  }
}

let consoles = 0;

/** Short, for it has to fit into a socket's address: bundles' paths need not. */
function consolePath(bundle: string): string {
  return join(bundle, "..", "..", `.c${process.pid}-${consoles++}`);
}
