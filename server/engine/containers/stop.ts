import { setTimeout as delay } from "node:timers/promises";
import { Conflict, NotModified, isEngineError } from "../errdefs/errors.ts";
import type { ContainerEntry, Run } from "./container-entry.ts";
import { publishContainerEvent } from "./container-events.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { Container } from "./container.ts";
import { parseSignal, sigkill, sigterm } from "./signals.ts";

const defaultTimeout = 10;
/** How long a killed container may take to be gone before the API gives up waiting. Milliseconds. */
const killPatience = 30_000;
/** A timer can be no longer: it would end at once. 24 days, in milliseconds. */
const longestWait = 2 ** 31 - 1;

export interface StopOptions {
  timeoutSeconds?: number;
  signal?: string;
}

/** `docker stop` and `kill`. They do not hold the container's mutex while they wait, so one does not block the other. */
export class Stopper {
  readonly #parts: ContainerParts;

  constructor(parts: ContainerParts) {
    this.#parts = parts;
  }

  /** @throws NotModified when it does not run */
  async stop(entry: ContainerEntry, options: StopOptions = {}): Promise<void> {
    const signal = parseSignal(options.signal ?? stopSignal(entry.record));
    if (await this.#callOffRestart(entry)) {
      return;
    }
    const { run } = entry;
    if (run === undefined) {
      throw new NotModified(`container ${entry.record.id} is already stopped`);
    }
    await this.#end(entry, run, signal, options.timeoutSeconds ?? entry.record.config.stopTimeout ?? defaultTimeout);
    publishContainerEvent(this.#parts.events, entry.record, "stop");
  }

  /** For `remove --force`: nothing happens when it does not run, no `stop` event. */
  async endRun(entry: ContainerEntry, options: StopOptions & { signal: string }): Promise<void> {
    await this.#callOffRestart(entry);
    const { run } = entry;
    if (run !== undefined) {
      await this.#end(entry, run, parseSignal(options.signal), options.timeoutSeconds ?? defaultTimeout);
    }
  }

  /** @throws Conflict when it does not run */
  async kill(entry: ContainerEntry, signalName?: string): Promise<void> {
    const signal = parseSignal(signalName === undefined || signalName === "" ? "KILL" : signalName);
    if (await this.#callOffRestart(entry)) {
      return;
    }
    // Read after it: a restart that had begun has a run by now.
    const { run } = entry;
    if (run === undefined) {
      throw new Conflict(`Container ${entry.record.id} is not running`);
    }
    const ends = isMeantToEnd(entry.record, signal);
    await this.#send(entry, run, signal, { byUser: ends });
    if (signal === sigkill) {
      await Promise.race([run.settled, delay(killPatience, undefined, { ref: false })]);
    }
  }

  async #end(entry: ContainerEntry, run: Run, signal: number, timeoutSeconds: number): Promise<void> {
    await this.#send(entry, run, signal, { byUser: true });
    if (await settledWithin(run, timeoutSeconds < 0 ? undefined : timeoutSeconds * 1_000)) {
      return;
    }
    await this.#send(entry, run, sigkill, { byUser: true });
    if (!(await settledWithin(run, killPatience))) {
      throw new Conflict(
        `container ${entry.record.id} did not end yet although it was killed: the kernel is still closing what it had open, which takes minutes for thousands of packet sockets. It ends by itself: try again later`,
      );
    }
  }

  async #send(entry: ContainerEntry, run: Run, signal: number, options: { byUser: boolean }): Promise<void> {
    if (options.byUser && entry.run === run && !entry.record.stoppedByUser) {
      this.#parts.table.update(entry, { stoppedByUser: true });
    }
    // Told first: what comes of it, its end, may be known before the answer is.
    publishContainerEvent(this.#parts.events, entry.record, "kill", { signal: String(signal) });
    try {
      await run.task.kill(signal);
      // A frozen process only gets the signal when it goes on.
      if (entry.record.status === "paused" && options.byUser) {
        await this.#resume(entry, run);
      }
    } catch (error) {
      if (!isEngineError(error, "not_found")) {
        throw error;
      }
      // It ended just before: its exit is being settled.
    }
  }

  /** A container that was killed while frozen may have ended already. */
  async #resume(entry: ContainerEntry, run: Run): Promise<void> {
    try {
      await run.task.resume();
    } catch (error) {
      if (await run.task.isPaused()) {
        throw error;
      }
    }
    if (entry.run === run && entry.record.status === "paused") {
      this.#parts.table.update(entry, { status: "running" });
      publishContainerEvent(this.#parts.events, entry.record, "unpause");
    }
  }

  /** A container that waits to be restarted is stopped by not restarting it. Returns whether it was one. */
  #callOffRestart(entry: ContainerEntry): Promise<boolean> {
    if (entry.record.status !== "restarting") {
      return Promise.resolve(false);
    }
    return entry.mutex.run(() => {
      if (entry.record.status !== "restarting") {
        return false;
      }
      entry.restart?.abort();
      this.#parts.table.update(entry, { status: "exited", stoppedByUser: true });
      return true;
    });
  }
}

/**
 * Whether a container that is killed with this signal is not started again, and goes on if it is paused. As dockerd: any signal
 * does that to one without a stop signal of its own (moby, daemon/kill.go, killWithSignal).
 */
function isMeantToEnd({ config, host }: Container, signal: number): boolean {
  const own = config.stopSignal;
  return (
    own === "" || signal === sigkill || signal === parseSignal(own) || host.restartPolicy.name === "unless-stopped"
  );
}

function stopSignal(container: Container): string {
  return container.config.stopSignal === "" ? String(sigterm) : container.config.stopSignal;
}

/** @param time ms; undefined waits for ever */
async function settledWithin(run: Run, time: number | undefined): Promise<boolean> {
  const settled = run.settled.then(() => true);
  if (time === undefined) {
    return settled;
  }
  const timer = new AbortController();
  try {
    return await Promise.race([settled, delay(Math.min(time, longestWait), false, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}
