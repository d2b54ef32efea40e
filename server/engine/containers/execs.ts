import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { nobodysTime } from "../concurrency/thread-time.ts";
import { Conflict, InvalidArgument, NotFound, ResourceExhausted, Unknown } from "../errdefs/errors.ts";
import type { Process } from "../runtime/task.ts";
import { checkExec } from "../tenants/policy-check.ts";
import type { ContainerEntry } from "./container-entry.ts";
import { publishContainerEvent } from "./container-events.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { AttachedStreams, Exec, ExecService, ExecStart, NewExec } from "./container-service.ts";
import { OutputReader } from "./output-reader.ts";
import { writeAll } from "./process-input.ts";
import { linkedContainers } from "./links.ts";
import { environmentOf } from "./spec-builder.ts";
import { checkSize } from "./streams.ts";

/** How long an ended exec can still be inspected. Milliseconds (dockerd: five minutes). */
const keptAfterEnd = 300_000;
/** ms */
const keptAfterRemoval = 1_000;
/** Of those that do not run, so much is kept of what they were asked: characters of commands and variables. */
const mostKept = 16 * 1024 * 1024;
/** How long a resize waits for the start of its exec. Milliseconds. */
const startPatience = 10_000;
/** Of an exec whose program could not be started, whatever the reason. */
const failedExitCode = 126;
/** Output that may still be on its way when the process has ended. Milliseconds. */
const drainTime = 2_000;

interface Running {
  process: Process;
  /** resolves when it has ended and its output is delivered */
  ended: Promise<{ exitCode: number }>;
}

interface Entry {
  exec: Exec;
  state: "created" | "starting" | "running" | "ended";
  running: Promise<Running> | undefined;
  /** characters, about */
  weight: number;
}

/** Further processes in one tenant's containers. In memory: like dockerd's, they are forgotten at a restart. */
export class LocalExecs implements ExecService {
  readonly #parts: ContainerParts;
  readonly #entries = new Map<string, Entry>();

  constructor(parts: ContainerParts) {
    this.#parts = parts;
  }

  create(container: string, request: NewExec): Exec {
    const entry = this.#runningContainer(container);
    if (request.cmd.length === 0) {
      throw new InvalidArgument("No exec command specified");
    }
    checkExec(this.#parts.tenant.rules, request);
    // At the start it is checked again, but there the CLI does not show what it is told.
    this.#checkLimit();
    this.#parts.tasks.expectStart?.();
    const id = randomBytes(32).toString("hex");
    const exec: Exec = {
      ...request,
      id,
      containerId: entry.record.id,
      running: false,
      exitCode: undefined,
      pid: 0,
    };
    this.#entries.set(id, { exec, state: "created", running: undefined, weight: weightOf(exec) });
    this.#forgetOldest();
    this.#parts.table.note(entry, { execIds: [...entry.record.execIds, id] });
    publishContainerEvent(this.#parts.events, entry.record, `exec_create: ${commandLine(request)}`, { execID: id });
    return exec;
  }

  get(id: string): Exec {
    return this.#find(id).exec;
  }

  async start(id: string, options: ExecStart): Promise<AttachedStreams | undefined> {
    const entry = this.#find(id);
    if (entry.state !== "created") {
      throw new Conflict(
        `Error: Exec command ${id} ${entry.state === "ended" ? "has already run" : "is already running"}`,
      );
    }
    const container = this.#runningContainer(entry.exec.containerId);
    this.#checkLimit();
    entry.state = "starting";
    if (options.size !== undefined) this.#note(entry, { size: options.size });
    const reader = options.detach ? undefined : new OutputReader();
    entry.running = this.#launch(entry, container, reader);
    const { process } = await entry.running;
    if (reader === undefined) {
      return undefined;
    }
    options.signal?.addEventListener("abort", () => reader.end(), { once: true });
    const { exec } = entry;
    return {
      tty: exec.tty,
      stdin: exec.attachStdin
        ? { write: (chunk) => writeAll(process.io.stdin, chunk), end: () => void process.io.stdin?.end() }
        : undefined,
      output: reader,
    };
  }

  /** How many run now. */
  get runningCount(): number {
    return [...this.#entries.values()].filter(({ state }) => state === "starting" || state === "running").length;
  }

  #checkLimit(): void {
    const { execs } = this.#parts.tenant.limits;
    if (execs !== undefined && this.runningCount >= execs) {
      throw new ResourceExhausted(`the limit of ${execs} execs at once is reached: wait for one to end`);
    }
  }

  async resize(id: string, columns: number, rows: number): Promise<void> {
    const entry = this.#find(id);
    checkSize(columns, rows);
    for (const end = performance.now() + startPatience; entry.running === undefined;) {
      if (performance.now() > end) throw new Unknown("timeout waiting for exec session ready");
      await sleep(50);
    }
    const running = await entry.running;
    if (!entry.exec.running) {
      throw new Conflict("no such exec");
    }
    await running.process.resize(columns, rows);
  }

  async wait(id: string): Promise<{ exitCode: number }> {
    const entry = this.#find(id);
    if (entry.running === undefined) {
      throw new Conflict(`exec ${id} was not started`);
    }
    return (await entry.running).ended;
  }

  async kill(id: string, signal: number): Promise<void> {
    const running = await this.#find(id).running;
    if (running === undefined) {
      throw new Conflict(`exec ${id} is not running`);
    }
    await running.process.kill(signal);
  }

  /** With their container; who was attached to one has yet to ask how it ended, and dockerd takes its time to remove. */
  forget(containerId: string): void {
    for (const [id, entry] of this.#entries) {
      if (entry.exec.containerId !== containerId) continue;
      if (entry.state === "created") this.#entries.delete(id);
      else setTimeout(() => this.#entries.delete(id), keptAfterRemoval).unref();
    }
  }

  /** Those that ended, or were never started, as far as all of them together are more than is kept; never the newest. */
  #forgetOldest(): void {
    const idle = [...this.#entries].filter(([, { state }]) => state === "created" || state === "ended");
    let kept = idle.reduce((sum, [, { weight }]) => sum + weight, 0);
    for (const [id, { exec, weight }] of idle.slice(0, -1)) {
      if (kept <= mostKept) return;
      kept -= weight;
      this.#entries.delete(id);
      const container = this.#parts.table.byId(exec.containerId);
      if (container !== undefined) this.#leave(container, id);
    }
  }

  async #launch(entry: Entry, container: ContainerEntry, reader: OutputReader | undefined): Promise<Running> {
    const { exec } = entry;
    const { events } = this.#parts;
    let process: Process;
    // As dockerd: also of one whose program is not found.
    publishContainerEvent(events, container.record, `exec_start: ${commandLine(exec)}`, { execID: exec.id });
    try {
      process = await startProcess(this.#parts, container, exec, exec.id);
    } catch (error) {
      this.#note(entry, { running: false, exitCode: failedExitCode });
      entry.state = "ended";
      this.#leave(container, exec.id);
      throw error;
    }
    this.#note(entry, { running: true, pid: process.pid });
    entry.state = "running";
    const drained = Promise.all([
      this.#deliver("stdout", process.io.stdout, exec.attachStdout ? reader : undefined),
      this.#deliver("stderr", process.io.stderr, exec.attachStderr ? reader : undefined),
    ]);
    const ended = this.#settle(entry, container, process, drained, reader);
    // Whoever waits has the error; the exec of a detached client has nobody who does.
    ended.catch((error: unknown) => this.#parts.report(`exec ${exec.id}`, error));
    return { process, ended };
  }

  async #settle(
    entry: Entry,
    container: ContainerEntry,
    process: Process,
    drained: Promise<unknown>,
    reader: OutputReader | undefined,
  ): Promise<{ exitCode: number }> {
    const { id } = entry.exec;
    try {
      const { code } = await process.wait();
      await Promise.race([drained, unreferencedDelay(drainTime)]);
      this.#note(entry, { running: false, exitCode: code });
      publishContainerEvent(this.#parts.events, container.record, "exec_die", { execID: id, exitCode: String(code) });
      return { exitCode: code };
    } finally {
      entry.state = "ended";
      reader?.end();
      await process.delete();
      this.#leave(container, id);
      setTimeout(() => this.#entries.delete(id), keptAfterEnd).unref();
    }
  }

  /** Hands a stream to its reader; without one, or when it is cut off, the output is read and dropped. */
  async #deliver(stream: "stdout" | "stderr", source: Readable, reader: OutputReader | undefined): Promise<void> {
    const { share = nobodysTime } = this.#parts;
    try {
      for await (const chunk of source) {
        if (reader === undefined || reader.isEnded) {
          // No client holds back who writes without end.
          await share.spend(() => undefined);
          continue;
        }
        reader.push({ stream, chunk: chunk as Buffer });
        if (!(await reader.hasRoom())) {
          reader.fail(new Conflict("the client did not read the output for too long and was detached"));
        }
      }
    } catch {
      // The stream was taken down with the process: what was read until then is delivered.
    }
  }

  /** The container does not speak of it any more. */
  #leave(container: ContainerEntry, id: string): void {
    if (!container.removed) {
      const others = container.record.execIds.filter((other) => other !== id);
      this.#parts.table.note(container, { execIds: others });
    }
  }

  #note(entry: Entry, changes: Partial<Exec>): void {
    entry.exec = { ...entry.exec, ...changes };
  }

  #find(id: string): Entry {
    const entry = this.#entries.get(id) ?? this.#byPrefix(id);
    if (entry === undefined || this.#isLost(entry)) {
      throw new NotFound(`No such exec instance: ${id}`);
    }
    return entry;
  }

  /** As dockerd: with the end of its container an exec that was not started is gone. */
  #isLost({ state, exec }: Entry): boolean {
    return state === "created" && !this.#parts.table.find(exec.containerId).record.execIds.includes(exec.id);
  }

  #byPrefix(id: string): Entry | undefined {
    const matches = id.length < 12 ? [] : [...this.#entries.keys()].filter((key) => key.startsWith(id));
    return matches.length === 1 && matches[0] !== undefined ? this.#entries.get(matches[0]) : undefined;
  }

  #runningContainer(nameOrId: string): ContainerEntry {
    const entry = this.#parts.table.find(nameOrId);
    const { id, status } = entry.record;
    if (status === "paused") {
      throw new Conflict(`Container ${nameOrId} is paused, unpause the container before exec`);
    }
    if (status === "restarting") {
      throw new Conflict(`Container ${id} is restarting, wait until the container is running`);
    }
    if (entry.run === undefined || status !== "running") {
      throw new Conflict(`Container ${id} is not running`);
    }
    return entry;
  }
}

/** Starts one process in a running container. @param settled its outputs are SettledOutputs @throws InvalidArgument (program, directory, user) */
export async function startProcess(
  parts: ContainerParts,
  container: ContainerEntry,
  request: Pick<NewExec, "cmd" | "env" | "user" | "workingDir" | "tty" | "attachStdin" | "privileged" | "size">,
  id: string,
  settled = false,
): Promise<Process> {
  const { record, run } = container;
  if (run === undefined) {
    throw new Conflict(`Container ${record.id} is not running`);
  }
  const rootfs = parts.directories.rootfs(record.id);
  const user = parts.resolveUser(rootfs, request.user === "" ? record.config.user : request.user, record.host.groupAdd);
  const config = { ...record.config, env: [...record.config.env, ...request.env] };
  const process = await run.task.exec({
    id,
    args: request.cmd,
    env: environmentOf(
      { ...record, config },
      { home: user.home, tty: request.tty, linked: linkedContainers(record, parts) },
    ),
    cwd: request.workingDir === "" ? record.config.workingDir : request.workingDir,
    user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
    terminal: request.tty,
    stdin: request.attachStdin,
    privileged: request.privileged,
    settled,
    ...(request.size === undefined ? {} : { size: request.size }),
  });
  try {
    await process.start();
  } catch (error) {
    await process.delete();
    throw error;
  }
  return process;
}

/** At least so much that no more than a thousand are kept. */
function weightOf({ cmd, env }: Exec): number {
  return [...cmd, ...env].reduce((sum, text) => sum + text.length + 32, mostKept / 1024);
}

/** In dockerd's events: a blank after the program, whether arguments follow or not. */
function commandLine({ cmd: [program, ...rest] }: Pick<Exec, "cmd">): string {
  return `${program} ${rest.join(" ")}`;
}

function unreferencedDelay(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time).unref());
}
