import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Cancelled, isEngineError, messageOf } from "../errdefs/errors.ts";
import type { TenantId } from "../tenants/tenant.ts";
import { inRuncWords } from "./exec-words.ts";
import type { Executor, ExecutorOptions, ResourceUse, StepEnd, Task, TaskMetrics, TaskService } from "./task.ts";

const SIGKILL = 9;
/** Marks the ids of build steps among all tasks. */
const idPrefix = "run-";

export interface TaskExecutorOptions {
  tasks: TaskService & { list(): Promise<{ id: string; tenant: TenantId }[]> };
}

/** RUN steps as short-lived tasks: the same path as containers, whatever the runtime. */
export class TaskExecutor implements Executor {
  readonly #tasks: TaskExecutorOptions["tasks"];
  /** steps that have ended and are being cleared away */
  readonly #ending = new Set<Promise<void>>();

  constructor(options: TaskExecutorOptions) {
    this.#tasks = options.tasks;
  }

  /** Removes the steps that a drydockd that was killed left running. Call at the start, before the first `run`. */
  async cleanUp(): Promise<void> {
    for (const { id, tenant } of await this.#tasks.list()) {
      if (id.startsWith(idPrefix)) await this.#tasks.purge(id, tenant);
    }
  }

  /** Resolves when nothing is left of the steps that have ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#ending);
  }

  expectStart(): void {
    this.#tasks.expectStart?.();
  }

  async run(options: ExecutorOptions): Promise<StepEnd> {
    options.signal?.throwIfAborted();
    const { tenant, runtime, spec, rootfs } = options;
    const id = `${idPrefix}${options.id}`;
    const stdin = options.stdin !== undefined;
    const task = await this.#tasks.create({ id, tenant, runtime, spec, rootfs, terminal: false, stdin });
    const abort = (): void => void this.#kill(task);
    try {
      await options.onCreated?.(task.pid);
      options.signal?.addEventListener("abort", abort, { once: true });
      if (options.signal?.aborted) throw cancelled(options.signal);
      const result = await this.#runTask(task, options);
      this.#clearAway(task, tenant);
      return result;
    } catch (error) {
      await this.#tasks.purge(id, tenant);
      task.io.stdout.destroy();
      task.io.stderr.destroy();
      if (options.signal?.aborted && !isEngineError(error, "cancelled")) throw cancelled(options.signal, error);
      throw error;
    } finally {
      options.signal?.removeEventListener("abort", abort);
    }
  }

  async #runTask(task: Task, options: ExecutorOptions): Promise<StepEnd> {
    const outputs = Promise.all([drain(task.io.stdout, options.onStdout), drain(task.io.stderr, options.onStderr)]);
    // Awaited below; should the start fail first, its failure is not to go unhandled.
    outputs.catch(() => undefined);
    await task.start();
    if (options.stdin && task.io.stdin) {
      // A program need not read its input to the end.
      pipeline(options.stdin, task.io.stdin).catch(() => undefined);
    }
    const exit = await task.wait();
    if (options.signal?.aborted) throw cancelled(options.signal);
    await outputs;
    const metrics = await task.metrics();
    return { code: exit.code, oomKilled: metrics.memory.oomKills > 0, used: usedOf(metrics) };
  }

  /** Its process has ended and its file system is free: the next step does not wait for the rest. */
  #clearAway(task: Task, tenant: TenantId): void {
    const ending = this.#delete(task, tenant).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  async #delete(task: Task, tenant: TenantId): Promise<void> {
    try {
      await task.delete();
    } catch {
      try {
        await this.#tasks.purge(task.id, tenant);
      } catch (error) {
        // `cleanUp` finds it at the next start.
        process.emitWarning(`clearing away the step ${task.id}: ${messageOf(error)}`);
      }
    }
  }

  async #kill(task: Task): Promise<void> {
    try {
      await task.kill(SIGKILL, { all: true });
    } catch (error) {
      // It ended by itself at this moment; anything else ends with the purge that follows.
      if (!isEngineError(error, "not_found")) process.emitWarning(`a cancelled step: ${messageOf(error)}`);
    }
  }
}

function usedOf({ cpu, memory, io }: TaskMetrics): ResourceUse {
  const bytes = (kind: "read" | "write"): number =>
    io.bytes.reduce((sum, { op, value }) => sum + (op.toLowerCase() === kind ? value : 0), 0);
  return { cpu: cpu.totalNs / 1e6, memory: memory.maxUsage, read: bytes("read"), written: bytes("write") };
}

function cancelled(signal: AbortSignal, cause: unknown = signal.reason): Cancelled {
  return new Cancelled("the step was cancelled", { cause });
}

/** Reads to the end; no further than the callback keeps up with. */
async function drain(stream: Readable, onChunk: (chunk: Buffer) => void | Promise<void>): Promise<void> {
  let isFirst = true;
  for await (const data of stream) {
    const chunk = data as Buffer;
    await onChunk(isFirst ? inRuncWords(chunk) : chunk);
    isFirst = false;
  }
}
