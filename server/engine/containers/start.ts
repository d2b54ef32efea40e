import { Conflict, InvalidArgument, NotModified, Unknown, isEngineError, messageOf } from "../errdefs/errors.ts";
import { logAttributes } from "../logs/attributes.ts";
import { logSizes } from "../logs/options.ts";
import type { Task } from "../runtime/task.ts";
import { whyNotSet } from "./check-resources.ts";
import type { ContainerEntry } from "./container-entry.ts";
import { publishContainerEvent } from "./container-events.ts";
import { joinedContainer } from "./joined-container.ts";
import type { ContainerNetwork } from "./container-network.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { Container } from "./container.ts";
import type { EtcFiles } from "./etc-files.ts";
import type { ExitHandler } from "./exit.ts";
import { parseNetworkMode } from "./network-mode.ts";
import type { RootFileSystem } from "./root-file-system.ts";
import { makeMountPoints } from "./mount-points.ts";
import { checkTmpfsOptions } from "./mount-requests.ts";
import { checkProcLinks, checkProcMounts, whatIsOverProc } from "./proc-mounts.ts";
import { isolationFacts, networkFacts, rootFacts, RunRecorder, startFacts, volumeFacts } from "./run-record.ts";
import { sigkill } from "./signals.ts";
import type { SpecBuilder } from "./spec-builder.ts";

export interface StarterParts {
  parts: ContainerParts;
  files: RootFileSystem;
  etc: EtcFiles;
  network: ContainerNetwork;
  specs: SpecBuilder;
  exits: ExitHandler;
}

/** `docker start`: root file system, task, network, then the program. What fails on the way is undone. */
export class Starter {
  readonly #use: StarterParts;

  constructor(use: StarterParts) {
    this.#use = use;
  }

  /**
   * With the container's mutex held.
   * @throws NotModified, Conflict, InvalidArgument, ...
   */
  async start(entry: ContainerEntry): Promise<void> {
    checkStartable(entry.record);
    entry.restart?.abort();
    const { parts, exits } = this.#use;
    const recorder = new RunRecorder();
    const anatomy = { created: entry.record.anatomy?.created ?? [], started: recorder.steps };
    try {
      const { task, ports, drained, startedAt } = await this.#run(entry, recorder);
      parts.table.update(entry, {
        status: "running",
        pid: task.pid,
        exitCode: 0,
        error: "",
        oomKilled: false,
        startedAt,
        stoppedByUser: false,
        ports,
        anatomy,
      });
      publishContainerEvent(parts.events, entry.record, "start");
      exits.watch(entry, task, drained);
    } catch (error) {
      entry.hub.endReaders();
      // As dockerd: the container keeps its state, and tells why it did not start.
      parts.table.update(entry, {
        status: entry.record.status === "restarting" ? "exited" : entry.record.status,
        pid: 0,
        exitCode: startExitCode(error, entry.record.exitCode),
        error: messageOf(error),
        ports: [],
        anatomy,
      });
      if (entry.record.host.autoRemove) {
        exits.autoRemove(entry);
      }
      throw error;
    }
  }

  async #run(
    entry: ContainerEntry,
    recorder: RunRecorder,
  ): Promise<{ task: Task; ports: Container["ports"]; drained: Promise<void>; startedAt: number }> {
    const { parts, files, network, specs } = this.#use;
    this.#shareNames(entry);
    const container = entry.record;
    parts.tasks.expectStart?.();
    checkStart(container);
    network.check(container);
    await using undo = new AsyncDisposableStack();
    undo.defer(() => files.unmount(container.id));
    const { rootfs } = await recorder.step(
      () => files.mount(container),
      ({ mounts }) => rootFacts(mounts, parts.dataRoot ?? "/"),
    );
    const mounting = performance.now();
    const volumes = container.mounts.filter(({ type }) => type === "volume");
    const names = volumes.map(({ name }) => name);
    undo.defer(() => parts.volumes.unmount(container.id, names));
    const elsewhere = await parts.volumes.mount(container.id, names);
    const binds = await files.pinBinds(container, elsewhere);
    await checkProcLinks(container, parts.directories.rootfs(container.id), parts.share);
    if (container.mounts.length > 0) recorder.note(mounting, volumeFacts(container));
    this.#writeEtc(container);
    const spec = specs.build(container, rootfs, { binds, shm: await files.sharedMemory(container) });
    const runtime = container.host.runtime === "" ? parts.defaultRuntime(container.host) : container.host.runtime;
    const places = container.mounts.length > 0 || container.host.init;
    if (places && runtime === "crun") makeMountPoints(rootfs, spec.mounts);
    const task = await recorder.step(
      () =>
        parts.tasks.create({
          id: container.id,
          tenant: parts.tenant.id,
          runtime,
          spec,
          rootfs,
          terminal: container.config.tty,
          stdin: container.config.openStdin,
          settled: true,
          sources: new Map(
            container.mounts.map(({ type, target, source, requestedSource }) => [
              target,
              type === "bind" ? requestedSource : source,
            ]),
          ),
        }),
      ({ pid }) => isolationFacts(spec, pid, runtime),
    );
    undo.defer(() => this.#abandon(container, task));
    const over = places && runtime === "crun" ? whatIsOverProc(task.pid, spec.linux.maskedPaths) : undefined;
    if (over !== undefined) {
      throw new Unknown(`failed to create shim task: OCI runtime create failed: runc create failed: ${over}: unknown`);
    }
    const ports = await recorder.step(
      async () => {
        if (!network.hasSandbox(container)) return [];
        undo.defer(() => network.close(container));
        return network.open(container, task.pid);
      },
      (published) => networkFacts(container, network.connected(container), published, network.resolver(container)),
    );
    publishVolumeEvents(parts, container, "mount");
    const drained = entry.hub.pump(task.io);
    // Before, not after: a short program has ended when `start` returns.
    const startedAt = Date.now();
    await recorder.step(
      () => task.start(),
      () => startFacts(container, spec),
    );
    undo.move();
    return { task, ports, drained, startedAt };
  }

  /** As dockerd: who is on another's network has its names. */
  #shareNames(entry: ContainerEntry): void {
    const { parts } = this.#use;
    const { config, host } = entry.record;
    const mode = parseNetworkMode(host.networkMode);
    if (mode.kind === "container") {
      if (parts.table.find(mode.container) === entry) {
        throw new Unknown("cannot join own network");
      }
      const { hostname, domainname } = joinedContainer(parts.table, mode.container, "network").config;
      parts.table.update(entry, { config: { ...config, hostname, domainname } });
    }
  }

  #writeEtc(container: Container): void {
    const { parts, etc } = this.#use;
    const mode = parseNetworkMode(container.host.networkMode);
    if (mode.kind === "container") {
      etc.copyFrom(container, joinedContainer(parts.table, mode.container, "network"));
      return;
    }
    etc.write(container, mode.kind === "host" ? "host" : "own");
  }

  async #abandon(container: Container, task: Task): Promise<void> {
    const { parts } = this.#use;
    publishVolumeEvents(parts, container, "unmount");
    try {
      await task.kill(sigkill, { all: true });
    } catch (error) {
      if (!isEngineError(error, "not_found")) {
        parts.report(`ending the half-started container ${container.id}`, error);
      }
    }
    await parts.tasks.purge(container.id, parts.tenant.id);
  }
}

/** What dockerd takes at create and finds wrong at the start. @throws InvalidArgument, Unknown in its words */
function checkStart(container: Container): void {
  const { host } = container;
  logSizes(host.logDriver, host.logOptions);
  logAttributes(container);
  for (const { type, options } of container.mounts) {
    if (type === "tmpfs") checkTmpfsOptions(options ?? []);
  }
  if (!/^(?:|none|private|shareable|host|container:.*)$/.test(host.ipcMode)) {
    throw new InvalidArgument(`Invalid IPC mode: ${host.ipcMode}`);
  }
  checkProcMounts(container);
  if (host.cpuShares < 0) throw new Unknown("shares: invalid argument");
  const limit = whyNotSet(host);
  if (limit !== undefined) {
    throw new Unknown(
      `failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error setting cgroup config for procHooks process: ${limit}: unknown`,
    );
  }
  const request = host.deviceRequests?.[0];
  if (request !== undefined) {
    const capabilities = request.capabilities.map((all) => `[${all.join(" ")}]`).join(" ");
    throw new Unknown(
      `could not select device driver ${JSON.stringify(request.driver)} with capabilities: [${capabilities}]`,
    );
  }
}

function checkStartable(container: Container): void {
  switch (container.status) {
    case "running":
      throw new NotModified(`container ${container.id} is already running`);
    case "paused":
      throw new Conflict("cannot start a paused container, try unpause instead");
    case "removing":
    case "dead":
      throw new Conflict("container is marked for removal and cannot be started");
    case "created":
    case "exited":
    case "restarting":
  }
}

/** Docker's codes for a program that could not be started: 127 not found (also a mount point), 126 not executable, else 128 if there was none before. */
function startExitCode(error: unknown, before: number): number {
  const text = messageOf(error);
  // These are of mounts and devices: there has been no program yet.
  if (/^(?:cannot access path|error gathering device)/.test(text)) {
    return before || 128;
  }
  if (/executable file not found|no such file or directory|error mounting .*: not a directory/i.test(text)) {
    return 127;
  }
  return /permission denied|not a directory|is a directory|exec format error/i.test(text) ? 126 : before || 128;
}

/** dockerd tells of each volume as it is mounted and unmounted. */
export function publishVolumeEvents(parts: ContainerParts, container: Container, action: "mount" | "unmount"): void {
  for (const mount of container.mounts) {
    if (mount.type === "volume") {
      const attributes = {
        container: container.id,
        driver: mount.driver,
        ...(action === "mount"
          ? { destination: mount.target, propagation: mount.propagation, "read/write": String(!mount.readonly) }
          : {}),
      };
      parts.events.publish({ type: "volume", action, actor: { id: mount.name, attributes } });
    }
  }
}
