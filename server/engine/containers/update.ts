import { Conflict, InvalidArgument, isEngineError, messageOf, Unknown } from "../errdefs/errors.ts";
import { resolveResources } from "../runtime/spec/resources.ts";
import type { ContainerEntry } from "./container-entry.ts";
import { publishContainerEvent } from "./container-events.ts";
import { checkRestartPolicy, limitsOf } from "./container-options.ts";
import type { ContainerParts } from "./container-parts.ts";
import { checkResources, whyNotSet } from "./check-resources.ts";
import type { Container, HostOptions, ResourceConfig, RestartPolicy } from "./container.ts";
import type { ContainerNetwork } from "./container-network.ts";
import { unwatched } from "./health.ts";
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
    this.#parts.table.update(entry, { status: "paused", ...unwatched(entry.record) });
    publishContainerEvent(this.#parts.events, entry.record, "pause");
  }

  /** @throws Unknown */
  async unpause(entry: ContainerEntry): Promise<void> {
    if (entry.run === undefined || entry.record.status !== "paused") {
      throw new Unknown(`Container ${entry.record.id} is not paused`); // dockerd has no class for it
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
    const name = allocating(() => parseContainerName(newName.startsWith("/") ? newName : `/${newName}`));
    const oldName = entry.record.name;
    if (name === oldName) {
      throw new InvalidArgument("Renaming a container with the same name as its current name");
    }
    using _reserved = allocating(() => this.#parts.table.reserve(name, entry.record.id));
    this.#parts.table.update(entry, { name });
    this.#renameInLinks(entry.record);
    this.#network.rename(entry.record);
    publishContainerEvent(this.#parts.events, entry.record, "rename", { oldName: `/${oldName}` });
  }

  /** Who is linked to it goes on knowing its name when it is gone. */
  #renameInLinks({ id, name }: Container): void {
    const { table } = this.#parts;
    for (const other of table.all()) {
      const { host } = other.record;
      if (host.linked?.some((link) => link.id === id) !== true) continue;
      const linked = host.linked.map((link) => (link.id === id ? { ...link, name } : link));
      table.update(other, { host: { ...host, linked } });
    }
  }

  /** @throws InvalidArgument, Conflict (being removed, does not go with what is set) */
  async update(entry: ContainerEntry, changes: ContainerChanges): Promise<{ warnings: string[] }> {
    const { restartPolicy, ...asked } = changes;
    const { resources: given, warnings } = this.#check(asked);
    if (restartPolicy !== undefined) {
      checkRestartPolicy(restartPolicy);
    }
    const container = entry.record;
    const conflict = whyNot(container, given, restartPolicy);
    if (conflict !== undefined) {
      throw new Conflict(`Cannot update container ${container.id}: ${conflict}`);
    }
    const pids =
      given.pidsLimit === -1
        ? { pidsLimit: 0, shown: { empty: [], ...container.host.shown, unlimitedPids: true } }
        : {};
    const host = {
      ...container.host,
      ...given,
      ...pids,
      ...(restartPolicy === undefined ? {} : renamedPolicy(container.host, restartPolicy)),
    };
    if (entry.run !== undefined && Object.keys(given).length > 0) {
      const limit = whyNotSet(host);
      if (limit !== undefined) {
        const runtime = "runc did not terminate successfully: exit status 1";
        throw new Unknown(`Cannot update container ${container.id}: ${runtime}: ${limit}\n: unknown`);
      }
      const limits = { ...limitsOf(host), ...("pidsLimit" in pids ? { pids: mostProcesses } : {}) };
      await entry.run.task.update(resolveResources(limits, this.#parts.host));
    }
    this.#parts.table.update(entry, { host });
    publishContainerEvent(this.#parts.events, entry.record, "update");
    return { warnings };
  }

  /** Only what is asked for. @throws InvalidArgument in dockerd's words */
  #check(asked: Partial<ResourceConfig>): { resources: Partial<ResourceConfig>; warnings: string[] } {
    const given = Object.entries(asked).filter(([, value]) => value !== undefined);
    const { resources, warnings } = checkResources({ ...unlimited, ...Object.fromEntries(given) }, this.#parts.host, {
      update: true,
    });
    const kept = Object.entries(resources).filter(
      ([name, value]) => given.some(([asked]) => asked === name) && value !== 0 && value !== "",
    );
    return { resources: Object.fromEntries(kept), warnings };
  }
}

/** From now on inspect shows the name that was given last. */
function renamedPolicy({ shown }: HostOptions, restartPolicy: RestartPolicy): Partial<HostOptions> {
  return { restartPolicy, shown: { empty: [], ...shown, restartPolicyName: restartPolicy.name } };
}

/** dockerd says what it was at when a new name is none, or taken. */
function allocating<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    const message = `Error when allocating new name: ${messageOf(error)}`;
    throw isEngineError(error, "conflict")
      ? new Conflict(message, { cause: error })
      : new InvalidArgument(message, { cause: error });
  }
}

/** The kernel's own limit (PID_MAX_LIMIT): runtimes differ in what they take for "none". */
const mostProcesses = 4_194_304;

const unlimited: ResourceConfig = {
  memory: 0,
  memoryReservation: 0,
  memorySwap: 0,
  memorySwappiness: undefined,
  oomKillDisable: false,
  oomScoreAdj: 0,
  nanoCpus: 0,
  cpuShares: 0,
  cpuPeriod: 0,
  cpuQuota: 0,
  cpusetCpus: "",
  cpusetMems: "",
  pidsLimit: 0,
  blkioWeight: 0,
  ulimits: [],
};

/** What keeps a container from being changed so (moby, container/container_unix.go, UpdateContainer). */
function whyNot(
  { host, status }: Container,
  given: Partial<ResourceConfig>,
  restartPolicy: RestartPolicy | undefined,
): string | undefined {
  const clash = (what: string, set: string, verb = "has") =>
    `Conflicting options: ${what} cannot be updated as ${set} ${verb} already been set`;
  const { nanoCpus = 0, cpuPeriod = 0, cpuQuota = 0, memory = 0, memorySwap = 0 } = given;
  const reasons: [boolean, string][] = [
    [status === "removing" || status === "dead", 'container is marked for removal and cannot be "update"'],
    [nanoCpus > 0 && host.cpuPeriod > 0, clash("Nano CPUs", "CPU Period")],
    [nanoCpus > 0 && host.cpuQuota > 0, clash("Nano CPUs", "CPU Quota")],
    [cpuPeriod > 0 && host.nanoCpus > 0, clash("CPU Period", "NanoCPUs")],
    [cpuQuota > 0 && host.nanoCpus > 0, clash("CPU Quota", "NanoCPUs")],
    [
      memory > host.memorySwap && memory !== 0 && memorySwap === 0,
      "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time",
    ],
    [
      host.autoRemove && restartPolicy !== undefined && restartPolicy.name !== "no",
      "Restart policy cannot be updated because AutoRemove is enabled for the container",
    ],
  ];
  return reasons.find(([wrong]) => wrong)?.[1];
}
