import { randomBytes } from "node:crypto";
import { hostname as machineName } from "node:os";
import { InvalidArgument, ResourceExhausted, isEngineError } from "../errdefs/errors.ts";
import type { Image } from "../images/image-store.ts";
import { containerLog } from "../logs/choose.ts";
import { errnoCode } from "../mount/errno.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import { checkPorts } from "./published-ports.ts";
import { checkContainer } from "../tenants/policy-check.ts";
import { publishContainerEvent } from "./container-events.ts";
import { ContainerEntry } from "./container-entry.ts";
import { checkOptions } from "./container-options.ts";
import type { ContainerParts } from "./container-parts.ts";
import type {
  Container,
  EndedProcess,
  EndpointRequest,
  HostOptions,
  Link,
  NewContainer,
  ProcessConfig,
} from "./container.ts";
import { checkLinks, linksOf } from "./links.ts";
import { layUnder } from "./init-layer.ts";
import { mergeConfig } from "./merge-config.ts";
import { generateName, parseContainerName } from "./names.ts";
import { isPredefined } from "../network/predefined.ts";
import { namedNetwork, parseNetworkMode } from "./network-mode.ts";
import { OutputHub } from "./output-hub.ts";
import { imageFacts, RunRecorder } from "./run-record.ts";
import { checkSecurityOptions } from "./security-options.ts";
import { withDefaults } from "./with-defaults.ts";
import { VolumeMounts, imageDirectory } from "./volume-mounts.ts";
import type { NewMounts } from "./volume-mounts.ts";

/** `docker create`. All or nothing: what fails on the way leaves nothing, also when the machine stops in between. */
export class Creator {
  readonly #parts: ContainerParts;
  readonly #mounts: VolumeMounts;

  constructor(parts: ContainerParts) {
    this.#parts = parts;
    this.#mounts = new VolumeMounts(parts);
  }

  async create(request: NewContainer): Promise<{ container: Container; warnings: string[] }> {
    const { table, tenant, paths, tasks } = this.#parts;
    // `docker run` starts it at once.
    tasks.expectStart?.();
    checkContainer(tenant.rules, request, paths);
    checkPorts(tenant, request.host.portBindings.length, 0);
    const limit = tenant.limits.containers;
    if (limit !== undefined && table.all().length >= limit) {
      throw new ResourceExhausted(
        `the limit of ${limit} containers is reached: remove some (docker container prune removes those that ended)`,
      );
    }
    const id = randomBytes(32).toString("hex");
    const name =
      request.name === undefined || request.name === ""
        ? generateName((candidate) => table.isTaken(candidate))
        : parseContainerName(request.name);
    const { host: checked, warnings } = this.#checked(request);
    checkCommand(request.config);
    const recorder = new RunRecorder();
    const image = await this.#imageFor(request.config.image, recorder);
    // On the machine's network it is called what the machine is.
    const hostname =
      request.host.networkMode === "host" && request.config.hostname === "" ? machineName() : request.config.hostname;
    const config = mergeConfig({ ...request.config, hostname }, image.config.config ?? {}, id);
    using _reserved = table.reserve(name, id);
    checkSecurityOptions(checked.securityOpt);
    const host = {
      ...checked,
      ...unconfined(checked),
      linked: checkOthers(table, checked),
      ...modesById(table, checked),
    };
    const entry = await this.#make({ ...request, config, host }, id, name, image, { recorder });
    publishContainerEvent(this.#parts.events, entry.record, "create");
    return { container: entry.record, warnings };
  }

  /** What `ContainerService.keep` says. */
  async keep(request: NewContainer, ended: EndedProcess): Promise<Container> {
    const { table, images } = this.#parts;
    const name = generateName((candidate) => table.isTaken(candidate));
    const { host } = this.#checked(request);
    const image = images.get(request.config.image);
    const merged = mergeConfig(request.config, image.config.config ?? {}, ended.id);
    const config = { ...merged, cmd: request.config.cmd, entrypoint: [], volumes: [], healthcheck: undefined };
    using _reserved = table.reserve(name, ended.id);
    const { record } = await this.#make({ ...request, config, host }, ended.id, name, image, { ended });
    return record;
  }

  /** What its pull took is a step too, if the client had to pull it first. @throws NotFound `No such image: x` */
  async #imageFor(name: string, recorder: RunRecorder): Promise<Image> {
    const { images, missed } = this.#parts;
    try {
      const image = await recorder.step(
        () => images.get(name),
        (found) => imageFacts(found, name),
      );
      const pull = missed?.take(name);
      if (pull !== undefined) recorder.steps.unshift(pull);
      return image;
    } catch (error) {
      if (isEngineError(error, "not_found")) missed?.miss(name);
      throw error;
    }
  }

  #checked({ config, host }: Pick<NewContainer, "config" | "host">): { host: HostOptions; warnings: string[] } {
    const { tenant, defaults = {}, host: facts } = this.#parts;
    // Of a tenant every other name is no runtime's.
    const runtimes = tenant.policy === "open" ? defaults.runtimes : [];
    const checked = checkOptions(config, withDefaults(host, defaults, tenant.rules), facts, runtimes);
    // As dockerd: one that names none keeps what was the default when it was made.
    const runtime = checked.host.runtime === "" ? this.#parts.defaultRuntime(checked.host) : checked.host.runtime;
    return { ...checked, host: { ...checked.host, runtime } };
  }

  async #make(
    request: NewContainer,
    id: string,
    name: string,
    image: Image,
    { ended, recorder = new RunRecorder() }: { ended?: EndedProcess; recorder?: RunRecorder },
  ): Promise<ContainerEntry> {
    const { table, snapshots, leases, directories } = this.#parts;
    const topLayer = ended?.layer ?? image.layers.at(-1);
    const snapshotKey = `container-${id}`;
    // Keeps the image's layers and the new snapshot until the record itself does (LocalContainers.roots).
    const began = performance.now();
    const lease = leases.create(`create container ${id}`);
    const mounts = await this.#mounts.resolve(request.config, request.host);
    try {
      lease.add({ kind: "snapshot", id: snapshotKey });
      if (topLayer !== undefined) {
        lease.add({ kind: "layer", id: topLayer });
      }
      for (const { layer } of mounts.mounts) {
        if (layer !== undefined) lease.add({ kind: "layer", id: layer });
      }
      await recorder.step(
        () => snapshots.prepare(snapshotKey, topLayer, "active", this.#parts.tenant.idMap.hostBase),
        () => ({ kind: "layer", driver: snapshots.name }),
      );
      directories.make(id);
      // The image's own was looked at when it was built.
      const own = request.config.workingDir === image.config.config?.WorkingDir ? "" : request.config.workingDir;
      await this.#withRoot(id, snapshotKey, own, mounts);
      recorder.note(began, { kind: "container", id, name, hostname: request.config.hostname });
      const anatomy = { created: recorder.steps, started: [] };
      const record = { ...newRecord({ request, id, name, image, snapshotKey, mounts }), anatomy, ...endOf(ended) };
      const entry = newEntry(this.#parts, record);
      table.add(entry);
      return entry;
    } catch (error) {
      await this.#mounts.rollBack(mounts);
      await snapshots.remove(snapshotKey).catch(() => {
        // Not there if `prepare` itself failed; anything else gc/ finds when the lease is gone.
      });
      directories.remove(id);
      throw error;
    } finally {
      lease.release();
    }
  }

  /**
   * What needs the new root file system: its working directory is there, and empty volumes take what the image has at
   * their place (Docker's docs, "Populate a volume using a container").
   */
  async #withRoot(id: string, snapshotKey: string, workingDir: string, mounts: NewMounts): Promise<void> {
    if (mounts.copyUp.length === 0 && workingDir === "") {
      return;
    }
    const { mounter, snapshots, directories, tenant, volumes } = this.#parts;
    const scratch = directories.scratch(id, "copy-up");
    await mounter.mount(snapshots.mounts(snapshotKey), scratch, { idMap: tenant.idMap });
    try {
      layUnder(scratch);
      using root = new SafeRoot(scratch);
      makeWorkingDirectory(root, workingDir);
      for (const { name, target, anonymous } of mounts.copyUp) {
        const source = imageDirectory(root, target, anonymous);
        if (source !== undefined) {
          await volumes.copyUp(name, source);
        }
      }
    } finally {
      await mounter.unmount(scratch);
    }
  }
}

/** A working directory that is not there is made, as by dockerd: `docker cp` finds it. @throws InvalidArgument in its words */
function makeWorkingDirectory(root: SafeRoot, path: string): void {
  try {
    if (path === "" || root.stat(path).kind === "directory") {
      return;
    }
  } catch (error) {
    if (isEngineError(error, "not_found")) {
      root.makeDirectory(path, { parents: true, mode: 0o755 });
      return;
    }
    if (errnoCode(error) === "ENOTDIR" || isEngineError(error, "invalid_argument")) {
      return;
    }
    throw error;
  }
  throw new InvalidArgument(`Cannot mkdir: ${path} is not a directory`);
}

const containerPrefix = "container:";

/** Without an image there is nothing that could say what to run. @throws InvalidArgument in dockerd's words */
function checkCommand({ image, cmd, entrypoint }: ProcessConfig): void {
  if (image === "" && cmd.length === 0 && entrypoint.length === 0) {
    throw new InvalidArgument("No command specified");
  }
}

/**
 * The containers that a request names must be there. Returns the links.
 * @throws InvalidArgument in dockerd's words; not NotFound, which would have the CLI pull the image
 */
function checkOthers(table: ContainerParts["table"], host: HostOptions): Link[] {
  const find = (name: string, message: (why: string) => string): Container => {
    try {
      return table.find(name).record;
    } catch (error) {
      if (!isEngineError(error, "not_found") && !isEngineError(error, "invalid_argument")) throw error;
      throw new InvalidArgument(message(error.message), { cause: error });
    }
  };
  for (const mode of [host.ipcMode, host.pidMode]) {
    if (mode.startsWith(containerPrefix) && mode !== containerPrefix) {
      find(mode.slice(containerPrefix.length), (why) => why);
    }
  }
  // On networks of one's own a link is a name like any other: whose, is found when it is asked for.
  const links = isPredefined(namedNetwork(host.networkMode) ?? "none") ? host.links : [];
  checkLinks(links);
  return Object.entries(linksOf(links)).map(([alias, target]) => {
    const why = (text: string) => `could not get container for ${target}: ${text}`;
    const { id, name } = onNetworks(find(target, why), (other) => find(other, why));
    return { id, name, alias };
  });
}

/** The container whose networks a linked one is on. @throws InvalidArgument: on those of the machine */
function onNetworks(container: Container, find: (name: string) => Container): Container {
  const mode = parseNetworkMode(container.host.networkMode);
  if (mode.kind === "host") {
    throw new InvalidArgument(
      "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
    );
  }
  return mode.kind === "container" ? onNetworks(find(mode.container), find) : container;
}

/** `container:<name>` as dockerd keeps it: `container:<id>`. */
function modesById(
  table: ContainerParts["table"],
  { networkMode, pidMode, ipcMode }: HostOptions,
): Partial<HostOptions> {
  const byId = (mode: string): string => {
    if (!mode.startsWith(containerPrefix) || mode === containerPrefix) return mode;
    try {
      return `${containerPrefix}${table.find(mode.slice(containerPrefix.length)).record.id}`;
    } catch (error) {
      // the start says so
      if (isEngineError(error, "not_found")) return mode;
      throw error;
    }
  };
  return { networkMode: byId(networkMode), pidMode: byId(pidMode), ipcMode: byId(ipcMode) };
}

/** SELinux does not confine what shares the machine's processes: dockerd notes it, also where there is none. */
function unconfined({ securityOpt, privileged, pidMode, ipcMode }: HostOptions): Partial<HostOptions> {
  const shares = privileged || pidMode === "host" || ipcMode === "host";
  const labelled = securityOpt.some((option) => option.split("=")[0] === "label");
  return shares && !labelled ? { securityOpt: [...securityOpt, "label=disable"] } : {};
}

/** A container in memory, for a new record or a loaded one. */
export function newEntry(parts: ContainerParts, record: Container): ContainerEntry {
  const { logDriver, logOptions } = record.host;
  const directory = parts.directories.data(record.id);
  const log = containerLog(directory, record.id, logDriver, logOptions, parts.tenant.limits.logs);
  const hub = new OutputHub(log, (error) => parts.report(`log of container ${record.id}`, error), parts.share);
  return new ContainerEntry(record, log, hub);
}

function newRecord(made: {
  request: NewContainer;
  id: string;
  name: string;
  image: Image;
  snapshotKey: string;
  mounts: NewMounts;
}): Container {
  const { request, image } = made;
  return {
    id: made.id,
    name: made.name,
    createdAt: Date.now(),
    imageId: image.id,
    config: request.config,
    host: request.host,
    status: "created",
    pid: 0,
    exitCode: 0,
    error: "",
    oomKilled: false,
    startedAt: undefined,
    finishedAt: undefined,
    restartCount: 0,
    health: undefined,
    stoppedByUser: false,
    snapshotKey: made.snapshotKey,
    topLayer: image.layers.at(-1),
    mounts: made.mounts.mounts,
    networks: requestedNetworks(request, request.config),
    execIds: [],
    ports: [],
  };
}

function endOf(ended: EndedProcess | undefined): Partial<Container> {
  if (ended === undefined) {
    return {};
  }
  const { layer, run } = ended;
  return { topLayer: layer, ...(run === undefined ? {} : { status: "exited", ...run }) };
}

/** Those that the client names, only; else the one that `networkMode` names. container:x has none. */
function requestedNetworks(request: NewContainer, config: ProcessConfig): Record<string, EndpointRequest> {
  const name = config.networkDisabled ? undefined : namedNetwork(request.host.networkMode);
  if (name === undefined) {
    return {};
  }
  const given = Object.entries(request.networks);
  if (given.length === 0) {
    return { [name]: { aliases: [], links: [] } };
  }
  const own = ([key]: [string, EndpointRequest]) => key === name || key === request.host.networkMode;
  const named = given.find(([key]) => key === name) ?? given.find(own);
  const others = given.filter((entry) => !own(entry));
  return { ...(named === undefined ? {} : { [name]: named[1] }), ...Object.fromEntries(others) };
}
