import type { ContainerEntry } from "./container-entry.ts";
import type { ContainerNetwork } from "./container-network.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { ExitHandler } from "./exit.ts";
import type { Remover } from "./remove.ts";
import { isRunning } from "../runtime/link/process-id.ts";
import type { Task } from "../runtime/task.ts";
import { startsWithDaemon } from "./restart-policy.ts";
import type { RootFileSystem } from "./root-file-system.ts";

export interface RestorerParts {
  parts: ContainerParts;
  files: RootFileSystem;
  network: ContainerNetwork;
  exits: ExitHandler;
  remover: Remover;
  start: (entry: ContainerEntry) => Promise<void>;
}

/**
 * Brings the records and the machine together after a restart of drydockd, killed or not:
 *
 * - a record says running or paused, and the task is found: it is taken up, with its output since; what it is not in
 *   the kernel it is made; if it ended meanwhile the
 *   ordinary exit handling settles it, with the true exit code;
 * - a record says running, and there is no task (the machine was rebooted, or a start was cut off): it exited with 255;
 * - a record says it does not run, or is to be restarted: what a start that was cut off has left is removed;
 * - a record says removing: the removal is finished.
 *
 * Then restart policies decide about those that do not run.
 */
export class Restorer {
  readonly #use: RestorerParts;

  constructor(use: RestorerParts) {
    this.#use = use;
  }

  async restore(): Promise<void> {
    const { parts } = this.#use;
    for (const entry of parts.table.all()) {
      try {
        await entry.mutex.run(() => this.#settle(entry));
      } catch (error) {
        parts.report(`restoring container ${entry.record.id}`, error);
      }
    }
    for (const entry of parts.table.all()) {
      if (entry.record.status === "removing" || (entry.record.host.autoRemove && hasEnded(entry))) {
        await this.#finishRemoval(entry);
      } else if (entry.record.status === "restarting") {
        // Its policy had decided; a start that was cut off is done over.
        this.#use.exits.scheduleRestart(entry, 0);
      } else if (entry.run === undefined && startsWithDaemon(entry.record)) {
        await this.#startAgain(entry);
      }
    }
  }

  async #settle(entry: ContainerEntry): Promise<void> {
    const { status } = entry.record;
    if (status === "running" || status === "paused") {
      await this.#takeUp(entry);
    } else if (status !== "removing") {
      await this.#clearLeftovers(entry);
    }
  }

  async #takeUp(entry: ContainerEntry): Promise<void> {
    const { parts, network, exits } = this.#use;
    const container = entry.record;
    const io = { terminal: container.config.tty, stdin: container.config.openStdin, settled: true };
    const task = await parts.tasks.recover(container.id, parts.tenant.id, io);
    if (task === undefined) {
      await this.#clearLeftovers(entry);
      parts.table.update(entry, {
        status: "exited",
        pid: 0,
        exitCode: 255,
        finishedAt: Date.now(),
        ports: [],
      });
      return;
    }
    if (network.hasSandbox(container) && isRunning(task.pid)) {
      await network.restore(container).catch((error: unknown) => {
        parts.report(`network of container ${container.id} after a restart`, error);
      });
    }
    // As with dockerd: execs are forgotten, though their processes go on.
    if (container.execIds.length > 0) parts.table.update(entry, { execIds: [] });
    exits.watch(entry, task, entry.hub.pump(task.io));
    await this.#settlePause(entry, task);
  }

  /** A pause that was cut off is taken back, also a commit's; an `unpause` that was cut off has happened. */
  async #settlePause(entry: ContainerEntry, task: Task): Promise<void> {
    const { parts } = this.#use;
    try {
      const paused = await task.isPaused();
      if (paused && entry.record.status === "running") {
        await task.resume();
      } else if (!paused && entry.record.status === "paused") {
        parts.table.update(entry, { status: "running" });
      }
    } catch (error) {
      parts.report(`taking back the pause of container ${entry.record.id}`, error);
    }
  }

  /** Of a start that was cut off, or an exit that was not settled to its end. */
  async #clearLeftovers(entry: ContainerEntry): Promise<void> {
    const { parts, files, network } = this.#use;
    const container = entry.record;
    await parts.tasks.purge(container.id, parts.tenant.id);
    if (network.hasSandbox(container)) {
      await network.close(container);
    }
    await files.unmount(container.id);
  }

  async #finishRemoval(entry: ContainerEntry): Promise<void> {
    try {
      await this.#use.remover.remove(entry, { force: true, volumes: entry.record.host.autoRemove });
    } catch (error) {
      this.#use.parts.report(`finishing the removal of container ${entry.record.id}`, error);
    }
  }

  async #startAgain(entry: ContainerEntry): Promise<void> {
    try {
      await this.#use.start(entry);
    } catch (error) {
      this.#use.parts.report(`starting container ${entry.record.id} by its restart policy`, error);
    }
  }
}

function hasEnded(entry: ContainerEntry): boolean {
  return entry.run === undefined && entry.record.status === "exited";
}
