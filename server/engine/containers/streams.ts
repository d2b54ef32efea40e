import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Conflict, InvalidArgument, NotImplemented } from "../errdefs/errors.ts";
import type { LogRecord, OffsetRecord } from "../logs/log-driver.ts";
import { idsOf } from "./container-ids.ts";
import type { ContainerEntry } from "./container-entry.ts";
import { publishContainerEvent } from "./container-events.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { AttachedStreams, ContainerStreams, LogOptions, OutputRecord, StatsSample } from "./container-service.ts";
import { firstWords } from "./first-words.ts";
import type { OutputChunk, OutputReader } from "./output-reader.ts";
import { writeAll } from "./process-input.ts";
import { listProcesses } from "./top.ts";

/** Streams from and to one tenant's containers. */
export class LocalStreams implements ContainerStreams {
  readonly #parts: ContainerParts;

  constructor(parts: ContainerParts) {
    this.#parts = parts;
  }

  async attach(
    nameOrId: string,
    options: { stdin: boolean; logs: boolean; stream: boolean; signal: AbortSignal },
  ): Promise<AttachedStreams> {
    const entry = this.#parts.table.find(nameOrId);
    const { status } = entry.record;
    if (status === "paused") {
      throw new Conflict(`container ${nameOrId} is paused, unpause the container before attach`);
    }
    if (status === "restarting") {
      throw new Conflict(`container ${nameOrId} is restarting, wait until the container is running`);
    }
    const { reader, loggedUntil } = await entry.hub.attachAfterLog();
    publishContainerEvent(this.#parts.events, entry.record, "attach");
    return {
      tty: entry.record.config.tty,
      stdin: options.stdin && entry.record.config.openStdin ? this.#stdin(entry, options.signal) : undefined,
      output: this.#output(entry, reader, { ...options, loggedUntil }),
    };
  }

  async *logs(nameOrId: string, options: LogOptions): AsyncIterable<LogRecord> {
    const entry = this.#parts.table.find(nameOrId);
    if (!options.stdout && !options.stderr) {
      throw new InvalidArgument("Bad parameters: you must choose at least one stream");
    }
    if (!options.follow) await firstWords(entry);
    const records = entry.log.read({
      ...(options.tail === undefined ? {} : { tail: options.tail }),
      ...(options.sinceNano === undefined ? {} : { sinceNano: options.sinceNano }),
      ...(options.untilNano === undefined ? {} : { untilNano: options.untilNano }),
      follow: options.follow && entry.run !== undefined,
      signal: options.signal,
    });
    for await (const record of records) {
      if (options[record.stream]) {
        yield { stream: record.stream, timeNano: record.timeNano, line: record.line };
      }
    }
  }

  async *output(
    nameOrId: string,
    options: ({ offset: number } | { tail: number }) & { signal: AbortSignal },
  ): AsyncIterable<OutputRecord> {
    const entry = this.#parts.table.find(nameOrId);
    const records = entry.log.read({
      ...("tail" in options ? { tail: options.tail } : { fromOffset: options.offset }),
      follow: "offset" in options && entry.run !== undefined,
      signal: options.signal,
    });
    for await (const record of records) {
      yield outputRecord(record);
    }
  }

  async stats(nameOrId: string): Promise<StatsSample> {
    const entry = this.#parts.table.find(nameOrId);
    const sample = {
      readAt: Date.now(),
      systemCpuNs: await systemCpu(),
      onlineCpus: availableParallelism(),
    };
    const { run } = entry;
    if (run === undefined) {
      return { ...sample, metrics: undefined, networks: {} };
    }
    return { ...sample, metrics: await run.task.metrics(), networks: await interfaceCounters(entry.record.pid) };
  }

  async resize(nameOrId: string, columns: number, rows: number): Promise<void> {
    const entry = this.#parts.table.find(nameOrId);
    checkSize(columns, rows);
    if (entry.run === undefined) {
      throw new Conflict(`Container ${entry.record.id} is not running`);
    }
    await entry.run.task.resize(columns, rows);
    publishContainerEvent(this.#parts.events, entry.record, "resize", {
      height: String(rows),
      width: String(columns),
    });
  }

  async top(nameOrId: string, psArgs: string): Promise<{ titles: string[]; processes: string[][] }> {
    const entry = this.#parts.table.find(nameOrId);
    if (entry.record.status === "restarting") {
      throw new Conflict(`Container ${entry.record.id} is restarting, wait until the container is running`);
    }
    if (entry.run === undefined) {
      throw new Conflict(`Container ${entry.record.id} is not running`);
    }
    if ((entry.record.host.runtime || this.#parts.defaultRuntime(entry.record.host)) === "runsc") {
      throw new NotImplemented(
        "top is not implemented for containers of the runtime runsc, whose processes are on a kernel of their own: " +
          `use docker exec ${entry.record.name} ps`,
      );
    }
    const pids = await entry.run.task.pids();
    const processes = await listProcesses(pids, psArgs, idsOf(entry.record, this.#parts.tenant));
    publishContainerEvent(this.#parts.events, entry.record, "top");
    return processes;
  }

  /** The past from the log, if asked; then what the reader has. */
  async *#output(
    entry: ContainerEntry,
    reader: OutputReader,
    options: { logs: boolean; stream: boolean; signal: AbortSignal; loggedUntil: number },
  ): AsyncGenerator<OutputChunk, void, undefined> {
    const stop = () => entry.hub.detach(reader);
    options.signal.addEventListener("abort", stop, { once: true });
    try {
      if (options.logs) {
        for await (const record of entry.log.read({ follow: false, signal: options.signal })) {
          if (record.offset >= options.loggedUntil) {
            break;
          }
          yield { stream: record.stream, chunk: record.line };
        }
      }
      if (options.stream && !options.signal.aborted) {
        yield* reader;
      }
    } finally {
      options.signal.removeEventListener("abort", stop);
      stop();
    }
  }

  /** Input for the run in progress, or for the next one if the container does not run yet. */
  #stdin(entry: ContainerEntry, signal: AbortSignal): NonNullable<AttachedStreams["stdin"]> {
    const { stdinOnce } = entry.record.config;
    let last: Promise<unknown> = Promise.resolve();
    return {
      write: (chunk) => {
        const written = last.then(async () => {
          const stdin = await startedInput(entry, signal);
          await writeAll(stdin, chunk);
        });
        last = written.catch(() => {
          // `write` has told its caller.
        });
        return written;
      },
      end: () => {
        if (!stdinOnce) {
          return;
        }
        last = last
          .then(() => startedInput(entry, signal))
          .then((stdin) => stdin?.end())
          .catch((error: unknown) => {
            if (!signal.aborted) {
              this.#parts.report(`closing the input of container ${entry.record.id}`, error);
            }
          });
      },
    };
  }
}

/** The input of the container's run, when there is one. @throws the signal's reason */
async function startedInput(entry: ContainerEntry, signal: AbortSignal) {
  while (entry.run === undefined) {
    if (entry.removed) {
      throw new Conflict(`Container ${entry.record.id} is not running`);
    }
    await new Promise<void>((resolve, reject) => {
      const done = () => {
        entry.watchers.delete(done);
        signal.removeEventListener("abort", abort);
        // The run is set just after the record.
        setImmediate(resolve);
      };
      const abort = () => {
        entry.watchers.delete(done);
        reject(new Conflict("the client is gone"));
      };
      entry.watchers.add(done);
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) {
        abort();
      }
    });
  }
  return entry.run.task.io.stdin;
}

function outputRecord(record: OffsetRecord): OutputRecord {
  return {
    offset: record.offset,
    stream: record.stream,
    time: Number(record.timeNano / 1_000_000n),
    text: record.line.toString("utf8"),
  };
}

/** @throws InvalidArgument */
export function checkSize(columns: number, rows: number): void {
  for (const size of [columns, rows]) {
    if (!Number.isInteger(size) || size < 0 || size > 65_535) {
      throw new InvalidArgument(`invalid terminal size ${columns}×${rows}: whole numbers from 0 to 65535`);
    }
  }
}

/** Clock ticks per second: USER_HZ, 100 on every architecture Node runs on. */
const ticks = 100;

/** ns that all CPUs of the machine have spent (proc(5), /proc/stat): what `docker stats` divides by. */
async function systemCpu(): Promise<number> {
  const line = (await readFile("/proc/stat", "utf8")).split("\n", 1)[0] ?? "";
  const fields = line.trim().split(/\s+/).slice(1, 9).map(Number);
  return fields.reduce((sum, value) => sum + value, 0) * (1e9 / ticks);
}

/** Counters of the interfaces that a process sees, without loopback (proc(5), /proc/net/dev). */
async function interfaceCounters(pid: number): Promise<StatsSample["networks"]> {
  const networks: StatsSample["networks"] = {};
  const lines = (await readFile(`/proc/${pid}/net/dev`, "utf8")).split("\n").slice(2);
  for (const line of lines) {
    const [name, numbers] = line.split(":");
    const values = (numbers ?? "").trim().split(/\s+/).map(Number);
    const at = (index: number) => values[index] ?? 0;
    if (name !== undefined && values.length >= 16 && name.trim() !== "lo") {
      networks[name.trim()] = {
        rxBytes: at(0),
        rxPackets: at(1),
        rxErrors: at(2),
        rxDropped: at(3),
        txBytes: at(8),
        txPackets: at(9),
        txErrors: at(10),
        txDropped: at(11),
      };
    }
  }
  return networks;
}
