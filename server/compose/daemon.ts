import { join } from "node:path";
import type { EngineStatus } from "../contract/extension-api.ts";
import { healthRoutes, metricsRoutes } from "../daemon/extension/health.ts";
import { policyRoutes } from "../daemon/extension/policies.ts";
import { shutdownRoutes, tenantControlRoutes, tenantRoutes, withoutOperator } from "../daemon/extension/tenants.ts";
import { Router } from "../daemon/http/router.ts";
import type { BaseImages } from "../engine/catalogue/base-images.ts";
import { ContainerRecords } from "../engine/containers/container-records.ts";
import { removeUnknownContainers } from "../engine/containers/leftovers.ts";
import { messageOf } from "../engine/errdefs/errors.ts";
import { LocalImageStore } from "../engine/images/local.ts";
import type { MemoryGuard } from "../engine/quota/memory-guard.ts";
import { diskSpace } from "../engine/mount/disk-space.ts";
import { operatorTenant } from "../engine/tenants/tenant.ts";
import { openBaseImages } from "./base-images.ts";
import { AuditLog } from "./audit-log.ts";
import { clearMachine } from "./clear.ts";
import type { Config } from "./config.ts";
import type { DaemonJson } from "./daemon-json/schema.ts";
import { readDaemonJson } from "./daemon-json/read.ts";
import { reloadAttributes, reloaded } from "./daemon-json/reload.ts";
import { resolverOverrides } from "./daemon-json/settings.ts";
import type { Log } from "./log.ts";
import { addRuntimes, openMachine } from "./machine.ts";
import { guardMemory } from "./memory-guard.ts";
import { openMetadata, openShared, openTenants, type Shared, version } from "./shared.ts";
import { EngineMetrics } from "./metrics.ts";
import { PackageSources } from "./package-sources.ts";
import { Sockets } from "./sockets.ts";
import { TenantDirectory } from "./tenant-directory.ts";
import { createTenantServices } from "./tenant-services.ts";
import { UsageHistory } from "./usage-history.ts";

/** How often the history of usage gets a row, ms. */
const samplePeriod = 60_000;
/** bytes, below which next to nothing works */
const leastRoom = 16 << 20;

/** Everything of one running `drydockd`. */
export class Daemon {
  readonly #shared: Shared;
  readonly #baseImages: BaseImages;
  /** ends the account of whose time the thread takes */
  readonly #unfollow: () => void;
  readonly #sockets: Sockets;
  readonly #directory: TenantDirectory;
  readonly #preparing = new AbortController();
  readonly #onShutdown: (containers: "stop" | "keep") => void;
  readonly #metrics: EngineMetrics;
  readonly #history: UsageHistory;
  readonly #packageSources: PackageSources;
  readonly #memory: MemoryGuard;
  #sampling: NodeJS.Timeout | undefined;
  #isReady = false;
  #prepared: Promise<void> = Promise.resolve();
  #opening: Promise<void> = Promise.resolve();

  private constructor(shared: Shared, baseImages: BaseImages, onShutdown: (containers: "stop" | "keep") => void) {
    const { config, log } = shared;
    this.#shared = shared;
    this.#baseImages = baseImages;
    this.#onShutdown = onShutdown;
    this.#history = new UsageHistory(shared.database);
    this.#metrics = new EngineMetrics({ directory: config.data, version, tenants: () => this.#directory.measured() });
    this.#unfollow = shared.loop.follow();
    this.#sockets = new Sockets({
      run: config.run,
      serverName: `Drydock/${version} (linux)`,
      log,
      settings: shared.settings,
      audit: new AuditLog(config.data),
      metrics: this.#metrics,
      cgroups: shared.machine.cgroups.hierarchy,
      loop: shared.loop,
    });
    this.#packageSources = new PackageSources(async (hosts) => {
      const { network } = shared.machine;
      if (hosts.length === 0 && network.waysOut.packageSources.length === 0) return;
      if (!this.#isReady) return; // it ends
      network.waysOut.packageSources = hosts;
      this.#opening = network.refreshFirewall();
      await this.#opening;
    }, log);
    this.#directory = new TenantDirectory({
      store: shared.tenants,
      sockets: this.#sockets,
      open: (tenant) =>
        createTenantServices(shared, baseImages, tenant, tenant.id === operatorTenant ? this.#operatorRoutes() : []),
      status: () => this.#status(),
      history: this.#history,
      log,
    });
    this.#memory = guardMemory(shared, (tenant) => this.#directory.services(tenant));
  }

  /**
   * Opens the state directory, takes up what runs, and listens.
   * @param onShutdown called when a client asks for the end
   */
  static async start(config: Config, log: Log, onShutdown: (containers: "stop" | "keep") => void): Promise<Daemon> {
    const shared = await openShared(config, log);
    await shared.tenants.restore();
    await shared.executor.cleanUp();
    const operatorImages = new LocalImageStore({
      tenant: operatorTenant,
      database: shared.database,
      content: shared.storage.content,
      layers: shared.storage.layers,
      leases: shared.storage.leases,
      usedBy: () => [],
    });
    const baseImages = await openBaseImages(config, shared.storage, shared.database, operatorImages, log);
    const daemon = new Daemon(shared, baseImages, onShutdown);
    await daemon.#begin();
    return daemon;
  }

  /** as they are in force */
  get settings(): DaemonJson {
    return this.#shared.settings.daemon;
  }

  /** SIGHUP: takes over what can change while it runs (`reloaded`). A file that is wrong changes nothing, and is told. */
  async reload(): Promise<void> {
    const { config, log, machine, settings, tenants } = this.#shared;
    try {
      const { next, waiting } = reloaded(settings.daemon, readDaemonJson(config.file.path, config.file.required));
      settings.replace(next);
      machine.network.resolvers.override(resolverOverrides(next));
      addRuntimes(machine.drivers, next, config.run);
      this.#shared.hub.forget();
      void this.#packageSources.renew();
      const attributes = reloadAttributes(next, settings.runtime);
      (await this.#directory.services(tenants.get(operatorTenant))).tell("reload", attributes);
      log(`Reloaded configuration: ${JSON.stringify(attributes)}`);
      if (waiting.length > 0) {
        log(`changed in ${config.file.path}, and not before the next start in force: ${waiting.join(", ")}`, "warn");
      }
    } catch (error) {
      log(`the configuration stays as it was: ${messageOf(error)}`, "error");
    }
  }

  /** Stops answering. With `stop`, ends all containers and takes everything of ours out of the kernel. */
  async stop(containers: "stop" | "keep"): Promise<void> {
    const { database, machine, storage, config, tenants, log } = this.#shared;
    log(`drydockd ends; containers ${containers === "stop" ? "are stopped" : "go on"}`);
    this.#preparing.abort(new Error("drydockd ends"));
    clearInterval(this.#sampling);
    this.#isReady = false;
    this.#unfollow();
    this.#shared.disks.close();
    this.#shared.idle.close();
    this.#memory.close();
    if (containers === "stop") {
      await this.#directory.stopContainers();
    }
    await this.#sockets.close();
    await this.#baseImages.close();
    await this.#directory.close();
    await this.#shared.executor.idle();
    await this.#prepared;
    await this.#opening.catch(() => undefined); // told by who began it
    if (containers === "stop") {
      await storage.close();
      await clearMachine(config, machine, tenants, log);
    } else {
      await storage.gc.close();
      await storage.layers.close();
      await machine.network.shutdown();
      await machine.tasks.close();
    }
    database.close();
  }

  async #begin(): Promise<void> {
    const { config, log, machine, tenants } = this.#shared;
    await this.#directory.restoreAll();
    removeUnknownContainers(
      { data: join(config.data, "containers"), run: join(config.run, "containers") },
      ContainerRecords.allIds(this.#shared.database),
      (path, error) => log(`removing the leftover ${path}: ${messageOf(error)}`),
    );
    this.#memory.start();
    // All tenants' containers are known as roots now.
    this.#shared.storage.gc.begin();
    await this.#directory.finishRemovals();
    await machine.network.sweep();
    const operator = tenants.get(operatorTenant);
    await this.#directory.listenAll();
    await this.#sockets.openOperator(async () => (await this.#directory.services(operator)).router);
    const web = new Router(tenantRoutes(withoutOperator(this.#directory)));
    await this.#sockets.openWeb(() => Promise.resolve(web));
    const { "metrics-addr": metrics } = this.#shared.settings.daemon;
    if (metrics !== undefined && metrics !== "") {
      await this.#sockets.openMetrics(metrics, new Router(this.#watchRoutes()));
    }
    this.#sampling = setInterval(() => void this.#sample(), samplePeriod).unref();
    this.#isReady = true;
    void this.#packageSources.renew();
    log(`drydockd ${version} answers on ${config.run}/drydock.sock, data in ${config.data}`);
    if (config.prepareImages) {
      this.#prepared = this.#baseImages
        .prepareFirst(this.#preparing.signal)
        .catch((error: unknown) => log(`preparing base images: ${messageOf(error)}`));
    }
  }

  /** A row of the history of usage. */
  async #sample(): Promise<void> {
    void this.#packageSources.retry();
    try {
      this.#history.note(await this.#directory.measured());
    } catch (error) {
      this.#shared.log(`the history of usage: ${messageOf(error)}`);
    }
  }

  /** What a policy says has changed: what is in the kernel follows. */
  async #applyPolicies(): Promise<void> {
    await this.#directory.applyLimits();
    await this.#shared.machine.network.refreshFirewall();
  }

  /** For probes and Prometheus. */
  #watchRoutes() {
    return [
      ...healthRoutes({ problems: () => (this.#isReady ? fatalProblems(this.#shared) : ["it is starting or ending"]) }),
      ...metricsRoutes(this.#metrics),
    ];
  }

  #operatorRoutes() {
    return [
      ...this.#watchRoutes(),
      ...tenantRoutes(this.#directory).filter(({ path }) => path !== "/_ping"),
      ...tenantControlRoutes(this.#directory),
      ...policyRoutes(this.#shared.tenants.policies, () => this.#applyPolicies()),
      ...shutdownRoutes((containers) => this.#shutdown(containers)),
    ];
  }

  /** Containers are stopped before the answer, so that the client knows; the process ends right after it. */
  async #shutdown(containers: "stop" | "keep"): Promise<void> {
    if (containers === "stop") {
      await this.#directory.stopContainers();
    }
    setImmediate(() => this.#onShutdown(containers));
  }

  #status(): EngineStatus {
    return {
      version,
      baseImages: this.#baseImages.list().map(({ name, ready, making, progress, standIn, error }) => ({
        name,
        ready,
        making,
        standIn,
        ...(progress === undefined ? {} : { progress }),
        ...(error === undefined ? {} : { error }),
      })),
      problems: this.#problems(),
    };
  }

  #problems(): string[] {
    const { probe } = this.#shared.storage;
    const { host } = this.#shared;
    return [
      ...(host.runtimes.length === 0 ? ["no OCI runtime is installed: install crun"] : []),
      ...(probe.overlay.ok && probe.idMappedOverlay.ok
        ? []
        : [
            `layers are copied instead of stacked, which is slow and takes space: ${probe.idMappedOverlay.reason ?? probe.overlay.reason ?? "this kernel has no overlayfs on idmapped layers"}`,
          ]),
    ];
  }
}

/** What keeps containers from starting at all. */
function fatalProblems({ host, config }: Shared): string[] {
  const { free, freeInodes } = diskSpace(config.data);
  return [
    ...(host.runtimes.length === 0 ? ["no OCI runtime is installed: install crun"] : []),
    ...(free < leastRoom ? [`the disk of ${config.data} is full`] : []),
    ...(freeInodes === 0 ? [`the disk of ${config.data} has no room for another file`] : []),
  ];
}

/** `drydockd --clear`: what a crash left in the kernel goes; nothing is listened on. */
export async function clear(config: Config, log: Log): Promise<void> {
  // Without images and layers, whose opening writes: on a full disk it must be possible too.
  const database = openMetadata(config);
  const tenants = openTenants(config, database);
  const machine = await openMachine(config, database, log, (tenant) => tenants.find(tenant)?.rules);
  await clearMachine(config, machine, tenants, log);
  database.close();
}
