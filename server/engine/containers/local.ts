import type { Resource, RootSource } from "../leases/leases.ts";
import type { ContainerEntry } from "./container-entry.ts";
import { isEngineError, messageOf, Unknown } from "../errdefs/errors.ts";
import { publishContainerEvent } from "./container-events.ts";
import { ContainerNetwork } from "./container-network.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { ContainerService, WaitCondition } from "./container-service.ts";
import type { Container, EndedProcess, EndpointRequest, NewContainer } from "./container.ts";
import { Creator } from "./create.ts";
import { EtcFiles } from "./etc-files.ts";
import { ExitHandler } from "./exit.ts";
import { HealthMonitor } from "./health.ts";
import { Remover } from "./remove.ts";
import { Restorer } from "./restore.ts";
import { type RootFileSystem, snapshotsOf } from "./root-file-system.ts";
import { SpecBuilder } from "./spec-builder.ts";
import { Starter } from "./start.ts";
import { Stopper } from "./stop.ts";
import type { StopOptions } from "./stop.ts";
import { Updater } from "./update.ts";
import type { ContainerChanges } from "./update.ts";
import { waitFor } from "./wait.ts";

/** How long a failed start waits for the removal of its container. Milliseconds. */
const removalPatience = 5_000;

/** One tenant's containers: each verb in a class of its own, one operation at a time per container. */
export class LocalContainers implements ContainerService, RootSource {
  readonly #parts: ContainerParts;
  readonly #creator: Creator;
  readonly #starter: Starter;
  readonly #stopper: Stopper;
  readonly #remover: Remover;
  readonly #updater: Updater;
  readonly #network: ContainerNetwork;
  readonly #restorer: Restorer;

  constructor(parts: ContainerParts, files: RootFileSystem) {
    const etc = new EtcFiles(parts.directories, parts.resolvers, parts.tenant);
    const network = new ContainerNetwork(parts, etc);
    const exits = new ExitHandler(parts, files, network);
    const specs = new SpecBuilder(parts, etc);
    this.#parts = parts;
    this.#network = network;
    this.#creator = new Creator(parts);
    this.#starter = new Starter({ parts, files, etc, network, specs, exits });
    this.#stopper = new Stopper(parts);
    this.#remover = new Remover(parts, files, this.#stopper);
    this.#updater = new Updater(parts, network);
    this.#restorer = new Restorer({
      parts,
      files,
      network,
      exits,
      remover: this.#remover,
      start: (entry) => this.#start(entry),
    });
    const health = new HealthMonitor(parts);
    exits.use({
      restart: (entry) => this.#restartByPolicy(entry),
      remove: (entry) => this.#remover.remove(entry, { force: false, volumes: true }),
      started: (entry) => health.start(entry),
    });
  }

  create(request: NewContainer): Promise<{ container: Container; warnings: string[] }> {
    return this.#creator.create(request);
  }

  keep(request: NewContainer, ended: EndedProcess): Promise<Container> {
    return this.#creator.keep(request, ended);
  }

  get(nameOrId: string): Container {
    return this.#parts.table.find(nameOrId).record;
  }

  list(): Container[] {
    return this.#parts.table.all().map((entry) => entry.record);
  }

  async start(nameOrId: string): Promise<void> {
    const entry = this.#parts.table.find(nameOrId);
    await this.#start(entry, { byUser: true });
  }

  async stop(nameOrId: string, options: StopOptions = {}): Promise<void> {
    await this.#stopper.stop(this.#parts.table.find(nameOrId), options);
  }

  async restart(nameOrId: string, options: StopOptions = {}): Promise<void> {
    const entry = this.#parts.table.find(nameOrId);
    try {
      await this.#stopAndStart(entry, options);
    } catch (error) {
      throw new Unknown(`Cannot restart container ${nameOrId}: ${messageOf(error)}`, { cause: error });
    }
    publishContainerEvent(this.#parts.events, entry.record, "restart");
  }

  async #stopAndStart(entry: ContainerEntry, options: StopOptions): Promise<void> {
    entry.restarting = true;
    try {
      await this.#stopper.stop(entry, options);
    } catch (error) {
      // It did not run: then it is only started.
      if (!isEngineError(error, "not_modified")) {
        throw error;
      }
    } finally {
      entry.restarting = false;
    }
    await this.#start(entry, { byUser: true });
  }

  async kill(nameOrId: string, signal?: string): Promise<void> {
    await this.#stopper.kill(this.#parts.table.find(nameOrId), signal);
  }

  async pause(nameOrId: string): Promise<void> {
    const entry = this.#parts.table.find(nameOrId);
    await entry.mutex.run(() => this.#updater.pause(entry));
  }

  async unpause(nameOrId: string): Promise<void> {
    const entry = this.#parts.table.find(nameOrId);
    await entry.mutex.run(() => this.#updater.unpause(entry));
  }

  async rename(nameOrId: string, newName: string): Promise<void> {
    const entry = this.#parts.table.find(nameOrId);
    await entry.mutex.run(() => this.#updater.rename(entry, newName));
  }

  async update(nameOrId: string, changes: ContainerChanges): Promise<{ warnings: string[] }> {
    const entry = this.#parts.table.find(nameOrId);
    return entry.mutex.run(() => this.#updater.update(entry, changes));
  }

  async wait(
    nameOrId: string,
    condition: WaitCondition,
    signal: AbortSignal,
  ): Promise<{ exitCode: number; error?: string }> {
    return waitFor(this.#parts.table.find(nameOrId), condition, signal);
  }

  async remove(nameOrId: string, options: { force: boolean; volumes: boolean }): Promise<void> {
    await this.#remover.remove(this.#parts.table.find(nameOrId), options);
  }

  async unlink(path: string): Promise<void> {
    const [, parent = "", alias = ""] = /^\/?([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
    if (alias === "") {
      this.#parts.table.find(path);
      throw new Unknown("Conflict, cannot remove the default link name of the container");
    }
    this.#parts.table.find(path);
    const entry = this.#parts.table.find(parent);
    const { host } = entry.record;
    this.#parts.table.update(entry, {
      host: { ...host, links: [], linked: host.linked?.filter((link) => link.alias !== alias) ?? [] },
    });
  }

  async connect(nameOrId: string, network: string, settings: EndpointRequest): Promise<void> {
    const entry = this.#parts.table.find(nameOrId);
    await entry.mutex.run(() => this.#network.connectNetwork(entry, network, settings));
  }

  async disconnect(nameOrId: string, network: string, force: boolean): Promise<void> {
    const entry = this.#parts.table.find(nameOrId);
    await entry.mutex.run(() => this.#network.disconnectNetwork(entry, network, force));
  }

  restore(): Promise<void> {
    return this.#restorer.restore();
  }

  /** Called before a container's files go. */
  onRemove(listener: (id: string) => Promise<void>): void {
    this.#remover.onRemove(listener);
  }

  /** What garbage collection must keep: the containers' own snapshots and their images' layers. */
  *roots(): Iterable<Resource> {
    for (const { record } of this.#parts.table.all()) {
      for (const id of snapshotsOf(record)) {
        yield { kind: "snapshot", id };
      }
      if (record.topLayer !== undefined) {
        yield { kind: "layer", id: record.topLayer };
      }
      for (const { layer } of record.mounts) {
        if (layer !== undefined) yield { kind: "layer", id: layer };
      }
    }
  }

  async #start(entry: ContainerEntry, options: { byUser: boolean } = { byUser: false }): Promise<void> {
    try {
      await entry.mutex.run(async () => {
        if (options.byUser) {
          entry.backoff = 0;
          this.#parts.table.update(entry, { restartCount: 0 });
        }
        await this.#starter.start(entry);
      });
    } catch (error) {
      if (entry.record.host.autoRemove && entry.record.error === messageOf(error)) {
        // As dockerd, which answers when the container is gone; a removal that fails is told of elsewhere.
        await waitFor(entry, "removed", AbortSignal.timeout(removalPatience)).catch(() => undefined);
      }
      throw error;
    }
  }

  async #restartByPolicy(entry: ContainerEntry): Promise<void> {
    await entry.mutex.run(async () => {
      if (entry.removed || entry.record.status !== "restarting") {
        return;
      }
      await this.#starter.start(entry);
    });
  }
}
