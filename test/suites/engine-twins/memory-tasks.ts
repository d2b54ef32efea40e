import { PassThrough } from "node:stream";
import { NotFound } from "#engine/errdefs/errors.ts";
import type { CreateTaskOptions, ExitStatus, Process, ProcessIO, Task, TaskService } from "#engine/runtime/task.ts";

/** A task without a process: it does what the test says. */
export class MemoryTask implements Task {
  readonly id: string;
  readonly options: CreateTaskOptions;
  readonly io: ProcessIO & { stdout: PassThrough; stderr: PassThrough };
  readonly signals: number[] = [];
  pid = 0;
  started = false;
  deleted = false;
  readonly #exit = Promise.withResolvers<ExitStatus>();
  readonly #service: MemoryTasks;

  constructor(options: CreateTaskOptions, service: MemoryTasks) {
    this.id = options.id;
    this.options = options;
    this.#service = service;
    this.io = {
      stdin: options.stdin ? new PassThrough() : undefined,
      stdout: new PassThrough(),
      stderr: new PassThrough(),
    };
    // No process has it; a number of our own one would be dangerous to signal.
    this.pid = 2 ** 30 + service.tasks.size;
  }

  async start(): Promise<void> {
    if (this.#service.failStart !== undefined) {
      throw this.#service.failStart;
    }
    this.started = true;
    this.#service.onStart(this);
  }

  /** The program ends. */
  exit(code: number, output = ""): void {
    this.io.stdout.end(output);
    this.io.stderr.end();
    this.#exit.resolve({ code, exitedAt: Date.now() });
  }

  async kill(signal: number): Promise<void> {
    this.signals.push(signal);
    if (signal === 9 || this.#service.obeys(signal)) {
      this.exit(128 + signal);
    }
  }

  wait(): Promise<ExitStatus> {
    return this.#exit.promise;
  }

  async delete(): Promise<void> {
    this.deleted = true;
    this.#service.tasks.delete(this.id);
  }

  async resize(): Promise<void> {}
  async pause(): Promise<void> {}
  async resume(): Promise<void> {}
  async isPaused(): Promise<boolean> {
    return false;
  }
  async update(): Promise<void> {}

  exec(): Promise<Process> {
    throw new NotFound("this twin has no execs");
  }

  oomKills(): number {
    return 0;
  }

  metrics(): ReturnType<Task["metrics"]> {
    throw new NotFound("this twin has no metrics");
  }

  async pids(): Promise<number[]> {
    return [this.pid];
  }
}

/** TaskService in memory. */
export class MemoryTasks implements TaskService {
  readonly tasks = new Map<string, MemoryTask>();
  readonly purged: string[] = [];
  failCreate: Error | undefined;
  failStart: Error | undefined;
  onStart: (task: MemoryTask) => void = () => {};
  obeys: (signal: number) => boolean = () => true;

  async create(options: CreateTaskOptions): Promise<Task> {
    if (this.failCreate !== undefined) {
      throw this.failCreate;
    }
    const task = new MemoryTask(options, this);
    this.tasks.set(options.id, task);
    return task;
  }

  async recover(id: string): Promise<Task | undefined> {
    return this.tasks.get(id);
  }

  async recoverExec(): Promise<Process | undefined> {
    return undefined;
  }

  async purge(id: string): Promise<void> {
    this.purged.push(id);
    this.tasks.delete(id);
  }

  async release(): Promise<void> {}

  get(id: string): MemoryTask {
    const task = this.tasks.get(id);
    if (task === undefined) {
      throw new NotFound(`no task ${id}`);
    }
    return task;
  }
}
