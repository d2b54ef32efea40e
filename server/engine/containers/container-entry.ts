import { Mutex } from "../concurrency/mutex.ts";
import type { ContainerLog } from "../logs/log-driver.ts";
import type { Task } from "../runtime/task.ts";
import type { Container } from "./container.ts";
import type { OutputHub } from "./output-hub.ts";

/** One run of a container: from its task's creation until its exit is settled. */
export interface Run {
  readonly task: Task;
  /** The record tells the exit, and everything of the run is cleared away. Never rejects. */
  readonly settled: Promise<void>;
}

/** A container in memory: its record, and what belongs to it while it runs. */
export class ContainerEntry {
  /** Replaced as a whole by `ContainerTable.update`, never changed in place: readers keep a consistent one. */
  record: Container;
  readonly log: ContainerLog;
  readonly hub: OutputHub;
  /** Held by start, exit, remove, rename, ...; never while waiting for a process to end, so that kill always gets through. */
  readonly mutex = new Mutex();
  run: Run | undefined;
  /** Aborted to call off a restart that waits for its time. */
  restart: AbortController | undefined;
  /** ms the next restart by policy waits */
  backoff = 0;
  /** Aborted when the health checks of this run are to stop. */
  healthChecks: AbortController | undefined;
  /** Called on each change of the record, and at removal. */
  readonly watchers = new Set<() => void>();
  removed = false;
  /** Its end is the first half of a restart: `--rm` does not take it away. */
  restarting = false;

  constructor(record: Container, log: ContainerLog, hub: OutputHub) {
    this.record = record;
    this.log = log;
    this.hub = hub;
  }
}
