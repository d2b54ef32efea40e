import { randomBytes } from "node:crypto";
import { constants } from "node:os";
import { join } from "node:path";
import { publishContainerEvent } from "../containers/container-events.ts";
import type { ContainerEntry } from "../containers/container-entry.ts";
import type { ContainerParts } from "../containers/container-parts.ts";
import { startProcess } from "../containers/execs.ts";
import { writeAll } from "../containers/process-input.ts";
import { checkSize } from "../containers/streams.ts";
import { Conflict, NotFound, ResourceExhausted, isEngineError } from "../errdefs/errors.ts";
import type { Process, SettledOutput } from "../runtime/task.ts";
import { OutputRing } from "./output-ring.ts";
import { loginShell } from "./shell.ts";
import type { TerminalRecord, TerminalRecords } from "./terminal-records.ts";
import type { NewTerminal, Terminal, TerminalService } from "./terminal-service.ts";

/** Output kept of each terminal. Bytes. */
const ringSize = 1024 * 1024;
const mostTerminals = 64;
/** How long a shell may take to end after SIGHUP. Milliseconds. */
const hangUpTime = 1_000;
const drainTime = 2_000;

interface Live {
  record: TerminalRecord;
  ring: OutputRing;
  process: Process | undefined;
  /** resolves when the process has ended and the record says so; never rejects */
  ended: Promise<void>;
  /** called at each output and at the end */
  watchers: Set<() => void>;
}

/** Terminals as execs with a pseudo-terminal, their output in rings beside their container's log. */
export class LocalTerminals implements TerminalService {
  readonly #parts: ContainerParts;
  readonly #records: TerminalRecords;
  readonly #terminals = new Map<string, Live>();

  constructor(parts: ContainerParts, records: TerminalRecords) {
    this.#parts = parts;
    this.#records = records;
  }

  async start(request: NewTerminal): Promise<Terminal> {
    checkSize(request.columns, request.rows);
    if (this.#terminals.size >= mostTerminals) {
      throw new ResourceExhausted(`there are ${mostTerminals} terminals already: close one first`);
    }
    const container = this.#parts.table.find(request.container);
    if (container.run === undefined || container.record.status !== "running") {
      throw new Conflict(`Container ${container.record.id} is ${container.record.status}, not running: start it first`);
    }
    const id = randomBytes(16).toString("hex");
    const record: TerminalRecord = {
      id,
      container: container.record.id,
      cmd: request.cmd ?? loginShell(this.#parts.directories.rootfs(container.record.id)),
      running: true,
      exitCode: undefined,
      createdAt: Date.now(),
    };
    // Before the process: one that drydockd does not know of after a crash could never be ended.
    this.#records.save(record);
    let ring: OutputRing | undefined;
    try {
      ring = this.#openRing(record);
      const process = await this.#startProcess(container, record, request);
      return terminalOf(this.#add(record, ring, process));
    } catch (error) {
      ring?.remove();
      this.#records.delete(id);
      throw error;
    }
  }

  get(id: string): Terminal {
    return terminalOf(this.#find(id));
  }

  list(): Terminal[] {
    return [...this.#terminals.values()].map(terminalOf);
  }

  async output(
    id: string,
    options: { offset: number; signal: AbortSignal },
  ): Promise<{ offset: number; bytes: AsyncIterable<Buffer> }> {
    const live = this.#find(id);
    const { offset } = live.ring.read(options.offset, 0);
    return { offset, bytes: follow(live, offset, options.signal) };
  }

  async input(id: string, bytes: Uint8Array): Promise<void> {
    const live = this.#find(id);
    if (live.process === undefined) {
      throw new Conflict("this terminal's program has ended");
    }
    await writeAll(live.process.io.stdin, bytes);
  }

  tell(text: string): void {
    for (const live of this.#terminals.values()) {
      if (live.process === undefined) continue;
      live.ring.append(Buffer.from(`\r\n\x1b[7m ${text} \x1b[0m\r\n`));
      (live.process.io.stdout as SettledOutput).settle(live.ring.end, Buffer.alloc(0));
      wake(live);
    }
  }

  async resize(id: string, columns: number, rows: number): Promise<void> {
    checkSize(columns, rows);
    try {
      await this.#find(id).process?.resize(columns, rows);
    } catch (error) {
      if (!isEngineError(error, "not_found")) {
        throw error;
      }
      // It has just ended.
    }
  }

  async ended(id: string): Promise<void> {
    await this.#find(id).ended;
  }

  async end(id: string): Promise<void> {
    const live = this.#find(id);
    const { process } = live;
    if (process !== undefined) {
      await this.#kill(process, constants.signals.SIGHUP);
      await Promise.race([live.ended, delayed(hangUpTime)]);
      if (live.process !== undefined) {
        await this.#kill(process, constants.signals.SIGKILL);
      }
      await live.ended;
    }
    this.#forget(live);
  }

  /** After a restart of drydockd, when the containers are found again. */
  async restore(): Promise<void> {
    const { tasks, tenant, table } = this.#parts;
    const io = { terminal: true, stdin: true, settled: true };
    for (const record of this.#records.load()) {
      const container = table.byId(record.container);
      if (container === undefined) {
        this.#records.delete(record.id);
        continue;
      }
      const process = record.running ? await tasks.recoverExec(record.container, tenant.id, record.id, io) : undefined;
      this.#add(record, this.#openRing(record), process);
    }
  }

  /** With their container. */
  async forgetContainer(containerId: string): Promise<void> {
    for (const live of this.#terminals.values()) {
      if (live.record.container === containerId) {
        await live.ended;
        this.#forget(live);
      }
    }
  }

  async #startProcess(container: ContainerEntry, record: TerminalRecord, request: NewTerminal): Promise<Process> {
    const command = record.cmd.join(" ");
    publishContainerEvent(this.#parts.events, container.record, `exec_create: ${command}`, { execID: record.id });
    const process = await startProcess(
      this.#parts,
      container,
      {
        cmd: record.cmd,
        env: ["TERM=xterm-256color", "COLORTERM=truecolor", ...(request.env ?? [])],
        user: request.user ?? "",
        workingDir: request.workingDir ?? "",
        tty: true,
        attachStdin: true,
        privileged: false,
        size: { columns: request.columns, rows: request.rows },
      },
      record.id,
      true,
    );
    // The runtime's console size is not applied to execs by every runtime.
    await process.resize(request.columns, request.rows);
    publishContainerEvent(this.#parts.events, container.record, `exec_start: ${command}`, { execID: record.id });
    return process;
  }

  #openRing({ id, container }: TerminalRecord): OutputRing {
    return new OutputRing(join(this.#parts.directories.data(container), "terminals", id), ringSize);
  }

  #add(record: TerminalRecord, ring: OutputRing, process: Process | undefined): Live {
    const live: Live = {
      record: process === undefined ? { ...record, running: false } : record,
      ring,
      process,
      ended: Promise.resolve(),
      watchers: new Set(),
    };
    if (process !== undefined) {
      live.ended = this.#run(live, process);
    } else if (record.running) {
      this.#records.save(live.record);
    }
    this.#terminals.set(record.id, live);
    return live;
  }

  async #run(live: Live, process: Process): Promise<void> {
    const { record } = live;
    try {
      const drained = pump(live, process);
      const { code } = await process.wait();
      await Promise.race([drained, delayed(drainTime)]);
      await process.delete();
      await drained;
      live.record = { ...record, running: false, exitCode: code };
      const container = this.#parts.table.byId(record.container);
      if (container !== undefined) {
        const attributes = { execID: record.id, exitCode: String(code) };
        publishContainerEvent(this.#parts.events, container.record, "exec_die", attributes);
      }
    } catch (error) {
      live.record = { ...record, running: false };
      this.#parts.report(`terminal ${record.id}`, error);
    }
    live.process = undefined;
    try {
      this.#records.save(live.record);
    } catch (error) {
      // Found ended again by the next drydockd.
      this.#parts.report(`terminal ${record.id}`, error);
    }
    wake(live);
  }

  async #kill(process: Process, signal: number): Promise<void> {
    try {
      await process.kill(signal);
    } catch (error) {
      if (!isEngineError(error, "not_found")) {
        throw error;
      }
      // It has ended.
    }
  }

  #forget(live: Live): void {
    this.#terminals.delete(live.record.id);
    this.#records.delete(live.record.id);
    wake(live);
    live.ring.remove();
  }

  #find(id: string): Live {
    const live = this.#terminals.get(id);
    if (live === undefined) {
      throw new NotFound(`No such terminal: ${id}`);
    }
    return live;
  }
}

/** First what a predecessor read and did not put into the ring, as far as it did not. */
async function pump(live: Live, process: Process): Promise<void> {
  const source = process.io.stdout as SettledOutput;
  const take = (chunk: Buffer): void => {
    live.ring.append(chunk);
    source.settle(live.ring.end, Buffer.alloc(0));
    wake(live);
  };
  try {
    const { data, logEnd } = source.unsettled;
    take(data.subarray(Math.max(0, live.ring.end - logEnd)));
    for await (const chunk of source) take(chunk as Buffer);
  } catch {
    // Taken down with the process: what was read until then is kept.
  }
}

/** What the ring has from `offset` on, then what comes, until the process ends. */
async function* follow(live: Live, from: number, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  let offset = from;
  while (!signal.aborted) {
    const { offset: at, bytes } = live.ring.read(offset);
    offset = at + bytes.length;
    if (bytes.length > 0) {
      yield bytes;
    } else if (!live.record.running) {
      return;
    } else {
      await changed(live, signal);
    }
  }
}

function changed(live: Live, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      live.watchers.delete(done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    live.watchers.add(done);
    signal.addEventListener("abort", done);
  });
}

function wake(live: Live): void {
  for (const watcher of live.watchers) {
    watcher();
  }
}

function delayed(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time).unref());
}

function terminalOf(live: Live): Terminal {
  return { ...live.record, offset: live.ring.end };
}
