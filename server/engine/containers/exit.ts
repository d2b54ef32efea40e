import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../errdefs/errors.ts";
import type { ExitStatus, Task } from "../runtime/task.ts";
import type { ContainerEntry } from "./container-entry.ts";
import { publishContainerEvent } from "./container-events.ts";
import type { ContainerNetwork } from "./container-network.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { Container } from "./container.ts";
import { OomWatch } from "./oom-watch.ts";
import { unwatched } from "./health.ts";
import { nextBackoff, shouldRestart } from "./restart-policy.ts";
import type { RootFileSystem } from "./root-file-system.ts";
import { publishVolumeEvents } from "./start.ts";

/** How long the last output may take to arrive after the process has ended. Milliseconds. */
const drainTime = 5_000;

export interface ExitHooks {
  /** starts the container again, by its restart policy; takes its mutex */
  restart(entry: ContainerEntry): Promise<void>;
  /** removes the container, for `--rm`; takes its mutex */
  remove(entry: ContainerEntry): Promise<void>;
  /** the run has begun */
  started(entry: ContainerEntry): void;
}

/** Settles the end of a container's run: record, events, clearing away, restart policy. In dockerd's order. */
export class ExitHandler {
  readonly #parts: ContainerParts;
  readonly #files: RootFileSystem;
  readonly #network: ContainerNetwork;
  readonly #oom: OomWatch;
  #hooks: ExitHooks | undefined;

  constructor(parts: ContainerParts, files: RootFileSystem, network: ContainerNetwork) {
    this.#parts = parts;
    this.#files = files;
    this.#network = network;
    this.#oom = new OomWatch(parts.events);
  }

  /** Once, by who knows the verbs. */
  use(hooks: ExitHooks): void {
    this.#hooks = hooks;
  }

  /** From the start of a run (or its recovery) on. @param drained all output of it is logged */
  watch(entry: ContainerEntry, task: Task, drained: Promise<void>): void {
    const settled = this.#waitAndSettle(entry, task, drained);
    entry.run = { task, settled };
    this.#oom.add(entry, task);
    this.#hooks?.started(entry);
  }

  async #waitAndSettle(entry: ContainerEntry, task: Task, drained: Promise<void>): Promise<void> {
    try {
      const status = await this.#waitFor(task);
      await Promise.race([drained, delay(drainTime, undefined, { ref: false })]);
      await entry.mutex.run(() => this.#settle(entry, task, status, drained));
    } catch (error) {
      this.#parts.report(`end of container ${entry.record.id}`, error);
    }
  }

  async #waitFor(task: Task): Promise<ExitStatus> {
    try {
      return await task.wait();
    } catch (error) {
      this.#parts.report(`waiting for container ${task.id}`, error);
      return { code: 255, exitedAt: Date.now() };
    }
  }

  /** One that was stopped while paused goes on first, and may have ended before whoever let it go on says so. */
  #goOn(entry: ContainerEntry): void {
    if (entry.record.status !== "paused" || !entry.record.stoppedByUser) return;
    this.#parts.table.update(entry, { status: "running" });
    publishContainerEvent(this.#parts.events, entry.record, "unpause");
  }

  async #settle(entry: ContainerEntry, task: Task, status: ExitStatus, drained: Promise<void>): Promise<void> {
    const { table, events } = this.#parts;
    this.#goOn(entry);
    const before = entry.record;
    const oomKilled = task.oomKills() > 0;
    entry.healthChecks?.abort();
    this.#oom.end(entry);
    publishContainerEvent(events, before, "die", {
      exitCode: String(status.code),
      execDuration: String(Math.max(0, Math.round((status.exitedAt - (before.startedAt ?? status.exitedAt)) / 1_000))),
    });
    await this.#release(before);
    await this.#drain(entry, drained);
    entry.run = undefined;
    // Asked last: who has stopped it meanwhile was told that it is over.
    const restarts = shouldRestart(entry.record, status.code);
    // After the release, so that who waits for the exit finds ports and addresses free.
    table.update(entry, {
      status: restarts ? "restarting" : "exited",
      // Counted with the decision: a start that a kill of drydockd cuts off is done over, and counts once.
      restartCount: before.restartCount + (restarts ? 1 : 0),
      pid: 0,
      exitCode: status.code,
      oomKilled,
      finishedAt: Math.max(status.exitedAt, before.startedAt ?? 0),
      ports: [],
      execIds: [],
      ...unwatched(before),
    });
    if (restarts) {
      this.scheduleRestart(entry, status.exitedAt - (before.startedAt ?? 0));
    } else if (before.host.autoRemove && !entry.restarting) {
      this.autoRemove(entry);
    }
    // Nobody has to wait for this: the next start, and the removal, come after it by the container's mutex.
    await this.#clearAway(before, task);
  }

  /** A process of another container may have been given its output to hold: what comes from there is not waited for. */
  async #drain({ hub }: ContainerEntry, drained: Promise<void>): Promise<void> {
    await Promise.race([drained, delay(drainTime, undefined, { ref: false })]);
    hub.endSources();
    await drained;
  }

  /** What others may want to have next. Idempotent. */
  async #release(container: Container): Promise<void> {
    if (this.#network.hasSandbox(container)) {
      await this.#attempt("network", container, () => this.#network.close(container));
    }
    publishVolumeEvents(this.#parts, container, "unmount");
    const names = container.mounts.flatMap(({ type, name }) => (type === "volume" ? [name] : []));
    await this.#attempt("volumes", container, () => this.#parts.volumes.unmount(container.id, names));
  }

  /** What is the container's own. Also after a run that drydockd did not see end. Idempotent. */
  async #clearAway(container: Container, task: Task): Promise<void> {
    await this.#attempt("task", container, () => task.delete());
    await this.#attempt("files", container, () => this.#files.unmount(container.id));
  }

  async #attempt(what: string, container: Container, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      // The container is over all the same; what is left is found by `restore`.
      this.#parts.report(`clearing away the ${what} of container ${container.id}`, error);
    }
  }

  /** Starts it again when its time has come, unless it is started, stopped or removed before. */
  scheduleRestart(entry: ContainerEntry, ranFor: number): void {
    entry.backoff = nextBackoff(entry.backoff, ranFor);
    const controller = new AbortController();
    entry.restart?.abort();
    entry.restart = controller;
    void this.#restartLater(entry, entry.backoff, controller.signal);
  }

  async #restartLater(entry: ContainerEntry, wait: number, signal: AbortSignal): Promise<void> {
    try {
      await delay(wait, undefined, { signal, ref: false });
    } catch {
      return; // called off
    }
    try {
      await this.#hooks?.restart(entry);
    } catch (error) {
      this.#parts.report(`restarting container ${entry.record.id}: ${messageOf(error)}`, error);
    }
  }

  /** For `--rm`, in the background: whoever calls this holds the container's mutex. */
  autoRemove(entry: ContainerEntry): void {
    void this.#autoRemove(entry);
  }

  async #autoRemove(entry: ContainerEntry): Promise<void> {
    try {
      await this.#hooks?.remove(entry);
    } catch (error) {
      this.#parts.report(`removing container ${entry.record.id} after its end`, error);
    }
  }
}
