import { Conflict, InvalidArgument } from "../errdefs/errors.ts";
import { resolveResources } from "../runtime/spec/resources.ts";
import type { ContainerEntry } from "./container-entry.ts";
import { publishContainerEvent } from "./container-events.ts";
import { checkRestartPolicy, limitsOf } from "./container-options.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { ResourceConfig, RestartPolicy } from "./container.ts";
import type { ContainerNetwork } from "./container-network.ts";
import { parseContainerName } from "./names.ts";

export type ContainerChanges = Partial<ResourceConfig> & { restartPolicy?: RestartPolicy };

/** `docker pause`, `unpause`, `rename` and `update`: changes to a container that stays as it is otherwise. Mutex held. */
export class Updater {
  readonly #parts: ContainerParts;
  readonly #network: ContainerNetwork;

  constructor(parts: ContainerParts, network: ContainerNetwork) {
    this.#parts = parts;
    this.#network = network;
  }

  /** @throws Conflict */
  async pause(entry: ContainerEntry): Promise<void> {
    const { id, status } = entry.record;
    if (status === "paused") {
      throw new Conflict(`Container ${id} is already paused`);
    }
    if (status === "restarting") {
      throw new Conflict(`Container ${id} is restarting, wait until the container is running`);
    }
    if (entry.run === undefined || status !== "running") {
      throw new Conflict(`Container ${id} is not running`);
    }
    await entry.run.task.pause();
    this.#parts.table.update(entry, { status: "paused" });
    publishContainerEvent(this.#parts.events, entry.record, "pause");
  }

  /** @throws Conflict */
  async unpause(entry: ContainerEntry): Promise<void> {
    if (entry.run === undefined || entry.record.status !== "paused") {
      throw new Conflict(`Container ${entry.record.id} is not paused`);
    }
    await entry.run.task.resume();
    this.#parts.table.update(entry, { status: "running" });
    publishContainerEvent(this.#parts.events, entry.record, "unpause");
  }

  /** @throws InvalidArgument, Conflict */
  rename(entry: ContainerEntry, newName: string): void {
    if (newName === "") {
      throw new InvalidArgument("Neither old nor new names may be empty");
    }
    const name = parseContainerName(newName);
    const oldName = entry.record.name;
    if (name === oldName) {
      throw new InvalidArgument("Renaming a container with the same name as its current name");
    }
    using _reserved = this.#parts.table.reserve(name, entry.record.id);
    this.#parts.table.update(entry, { name });
    this.#network.rename(entry.record);
    publishContainerEvent(this.#parts.events, entry.record, "rename", { oldName: `/${oldName}` });
  }

  /** @throws InvalidArgument, Conflict (being removed) */
  async update(entry: ContainerEntry, changes: ContainerChanges): Promise<{ warnings: string[] }> {
    const { restartPolicy, ...resources } = changes;
    const container = entry.record;
    if (container.status === "removing" || container.status === "dead") {
      throw new Conflict(
        `Cannot update container ${container.id}: Container is marked for removal and cannot be "update".`,
      );
    }
    if (restartPolicy !== undefined) {
      checkRestartPolicy(restartPolicy);
      if (container.host.autoRemove && restartPolicy.name !== "no") {
        throw new InvalidArgument("Restart policy cannot be updated because AutoRemove is enabled for the container");
      }
    }
    const given = Object.fromEntries(Object.entries(resources).filter(([, value]) => value !== undefined));
    const host = {
      ...container.host,
      ...(given as Partial<ResourceConfig>),
      ...(restartPolicy === undefined ? {} : { restartPolicy }),
    };
    const limits = resolveResources(limitsOf(host), this.#parts.host);
    if (entry.run !== undefined && Object.keys(given).length > 0) {
      await entry.run.task.update(limits);
    }
    this.#parts.table.update(entry, { host });
    publishContainerEvent(this.#parts.events, entry.record, "update");
    return { warnings: [] };
  }
}
