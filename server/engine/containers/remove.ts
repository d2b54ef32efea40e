import { Conflict, isEngineError } from "../errdefs/errors.ts";
import type { ContainerEntry } from "./container-entry.ts";
import { publishContainerEvent } from "./container-events.ts";
import type { ContainerParts } from "./container-parts.ts";
import { type RootFileSystem, snapshotsOf } from "./root-file-system.ts";
import type { Stopper } from "./stop.ts";

/** `docker rm`. */
export class Remover {
  readonly #parts: ContainerParts;
  readonly #files: RootFileSystem;
  readonly #stopper: Stopper;
  /** Told before a container's files go: terminals, execs. */
  readonly #onRemove: ((id: string) => Promise<void>)[] = [];

  constructor(parts: ContainerParts, files: RootFileSystem, stopper: Stopper) {
    this.#parts = parts;
    this.#files = files;
    this.#stopper = stopper;
  }

  onRemove(listener: (id: string) => Promise<void>): void {
    this.#onRemove.push(listener);
  }

  /** @throws Conflict when it runs and `force` is not set */
  async remove(entry: ContainerEntry, options: { force: boolean; volumes: boolean }): Promise<void> {
    if (options.force) {
      await this.#stopper.endRun(entry, { signal: "KILL" });
    }
    const removed = await entry.mutex.run(async () => {
      // A start that was under way has come first.
      if (options.force && entry.run !== undefined) {
        return false;
      }
      await this.#remove(entry, options);
      return true;
    });
    if (!removed) {
      await this.remove(entry, options);
    }
  }

  async #remove(entry: ContainerEntry, options: { volumes: boolean }): Promise<void> {
    if (entry.removed) {
      return;
    }
    checkRemovable(entry);
    const { table, events, snapshots, directories } = this.#parts;
    entry.restart?.abort();
    // From here on it goes, also if drydockd ends in between: `restore` finishes it.
    table.update(entry, { status: "removing" });
    const container = entry.record;
    for (const listener of this.#onRemove) {
      await listener(container.id);
    }
    await this.#parts.tasks.purge(container.id, this.#parts.tenant.id);
    await this.#files.unmount(container.id);
    for (const key of snapshotsOf(container)) {
      await ignoreMissing(() => snapshots.remove(key));
    }
    entry.hub.endReaders();
    await entry.log.remove();
    directories.remove(container.id);
    table.delete(entry);
    if (options.volumes) {
      await this.#removeVolumes(entry);
    }
    publishContainerEvent(events, container, "destroy");
  }

  /** Anonymous ones that no other container mounts. */
  async #removeVolumes(entry: ContainerEntry): Promise<void> {
    const { volumes } = this.#parts;
    for (const mount of entry.record.mounts) {
      if (mount.type === "volume") {
        await ignoreMissing(async () => {
          if (volumes.get(mount.name).anonymous && volumes.users(mount.name).length === 0) {
            await volumes.remove(mount.name, true);
          }
        });
      }
    }
  }
}

/** @throws Conflict in dockerd's words (moby, daemon/delete.go, cleanupContainer) */
function checkRemovable(entry: ContainerEntry): void {
  const { id, status } = entry.record;
  if (status === "running" || status === "restarting" || status === "paused") {
    const [state, procedure] =
      status === "paused"
        ? ["paused", "Unpause and then stop the container before attempting removal or force remove"]
        : [status, "Stop the container before attempting removal or force remove"];
    throw new Conflict(`You cannot remove a ${state} container ${id}. ${procedure}`);
  }
}

async function ignoreMissing(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (!isEngineError(error, "not_found")) {
      throw error;
    }
  }
}
