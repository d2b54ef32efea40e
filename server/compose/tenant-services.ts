import { join } from "node:path";
import { extensionRoutes } from "../daemon/extension/index.ts";
import { RequestLog } from "../daemon/http/request-log.ts";
import { Router } from "../daemon/http/router.ts";
import type { Route } from "../daemon/http/route.ts";
import { dockerRoutes } from "../daemon/routes/index.ts";
import { shellContainer } from "../daemon/translate/step-shell.ts";
import { BuildLogs } from "../engine/builds/build-log.ts";
import { LocalBuilds } from "../engine/builds/local.ts";
import { LocalBuildSlots } from "../engine/builds/slots.ts";
import { StepShells } from "../engine/builds/step-shells.ts";
import type { BaseImages } from "../engine/catalogue/base-images.ts";
import { isEngineError } from "../engine/errdefs/errors.ts";
import { publishedPorts } from "../engine/containers/published-ports.ts";
import type { Digest } from "../engine/oci/digest.ts";
import { LocalImageArchives } from "../engine/images/archives.ts";
import { answeringPorts } from "../engine/network/answering.ts";
import { listeningPorts } from "../engine/network/listening.ts";
import { isPredefined } from "../engine/network/predefined.ts";
import type { TenantDisk } from "../engine/quota/tenant-disk.ts";
import { Activity } from "../engine/tenants/activity.ts";
import type { Tenant } from "../engine/tenants/tenant.ts";
import { LocalWorkspaceFiles } from "../engine/workspaces/local-files.ts";
import { TarArchiver } from "../engine/workspaces/tar-archiver.ts";
import { LocalWorkspaceWatch } from "../engine/workspaces/watch.ts";
import type { Shared } from "./shared.ts";
import type { TenantServices } from "./tenant-directory.ts";
import { createTenantEngine, type TenantParts, urlSource } from "./tenant-engine.ts";
import { watchDisk } from "./tenant-disk.ts";
import { RequestTurns } from "./request-turns.ts";
import { TenantGate } from "./tenant-gate.ts";
import { UsageMeter, type UsageMeterOptions } from "./usage-meter.ts";

/** One tenant's engine, its routes, and its life cycle. @param extra routes that only the operator's socket has */
export function createTenantServices(
  shared: Shared,
  baseImages: BaseImages,
  tenant: Tenant,
  extra: readonly Route[],
): TenantServices {
  shared.machine.cgroups.ensureParent(tenant);
  const parts = createTenantEngine(shared, baseImages, tenant);
  const slots = new LocalBuildSlots(() => tenant.limits.concurrentBuilds);
  const archives = createArchives(shared, parts);
  const disk = watchDisk(shared, parts);
  const files = createWorkspaceFiles(parts, disk);
  const builds = createBuilds(shared, parts, { slots, archives, files });
  const shells = createStepShells(shared, parts, builds);
  const activity = new Activity(tenant);
  const turns = new RequestTurns({ tenant, share: parts.share });
  const active = () => {
    activity.note();
    parts.share.present();
  };
  const gate = new TenantGate({ tenant, disk, watch: shared.disks, turns, active });
  const meter = new UsageMeter({
    tenant,
    cgroups: shared.machine.cgroups,
    disk,
    counts: { ...counts(parts, slots, activity), requestsAtOnce: () => turns.unanswered },
    traffic: () => parts.networks.traffic(),
  });
  const requests = new RequestLog();
  const routes = tenantRoutes(shared, parts, { builds, slots, shells, archives, meter, disk, files, requests });
  const router = new Router([...extra, ...gate.wrap(requests.watched(routes))]);
  const { containers } = parts.containers;
  const stopContainers = async () => {
    await Promise.all(
      containers
        .list()
        .filter(({ pid, status }) => pid !== 0 || status === "restarting")
        .map(({ id, config }) => containers.stop(id, patience(shared, config.stopTimeout)).catch(ignoreStopped)),
    );
  };
  const forget = () => {
    shared.disks.remove(tenant.id);
    shared.idle.remove(tenant.id);
    shared.loop.forget(tenant.id);
  };
  const warn = (text: string) => parts.containers.terminals.tell(text);
  shared.idle.add(tenant.id, {
    activity,
    isRunning: () => containers.list().some(({ pid }) => pid !== 0),
    warn,
    stop: stopContainers,
  });
  return {
    router,
    restore: async () => {
      await parts.builder.recover();
      await parts.containers.restore();
      shells.recover();
    },
    stopContainers,
    usage: () => meter.quick(),
    containers: () => containers.list(),
    setLimits: async (limits) => {
      const before = tenant.ownLimits ?? tenant.limits;
      tenant.limits = limits;
      try {
        shared.machine.cgroups.ensureParent(tenant);
      } catch (error) {
        tenant.limits = before;
        shared.machine.cgroups.ensureParent(tenant);
        throw error;
      }
      await shared.machine.network.refreshFirewall();
    },
    tell: (action, attributes) =>
      parts.engine.events.publish({ type: "daemon", action, actor: { id: tenant.id, attributes } }),
    warn,
    close: () => {
      forget();
      return builds.close();
    },
    destroy: () => {
      forget();
      return destroy(shared, parts, builds);
    },
  };
}

/** What there is of things with a limit on their number. */
function counts(
  { engine, containers }: TenantParts,
  slots: LocalBuildSlots,
  activity: Activity,
): UsageMeterOptions["counts"] {
  return {
    containers: () => engine.containers.list().length,
    images: () => engine.images.list().length,
    // Those that every tenant has do not count.
    networks: () => engine.networks.list().filter(({ name }) => !isPredefined(name)).length,
    volumes: () => engine.volumes.list().length,
    ports: () => publishedPorts(engine.containers.list()),
    concurrentBuilds: () => slots.running,
    execs: () => containers.runningExecs(),
    idleHours: () => activity.idle() / 3_600_000,
  };
}

/** A container's own time to end, and no more than the operator has (`shutdown-timeout`; 0 and less: as long as it wants). */
function patience({ settings }: Shared, own = 10): { timeoutSeconds: number } {
  const longest = settings.daemon["shutdown-timeout"] ?? 0;
  return { timeoutSeconds: longest <= 0 ? own : own < 0 ? longest : Math.min(own, longest) };
}

function createArchives({ storage, config, host, disks }: Shared, { engine, images }: TenantParts): LocalImageArchives {
  return new LocalImageArchives({
    images,
    content: storage.content,
    layers: storage.layers,
    leases: storage.leases,
    directory: join(config.data, "contexts"),
    disk: () => disks.roomOf(engine.tenant.id),
    events: engine.events,
    version: host.engineVersion,
  });
}

function createWorkspaceFiles({ engine: { tenant, paths } }: TenantParts, disk: TenantDisk): LocalWorkspaceFiles {
  const archiver = new TarArchiver(tenant.idMap, () => disk.room);
  return new LocalWorkspaceFiles(paths.workspace, archiver, join(paths.state, "uploads"));
}

function createBuilds(
  shared: Shared,
  { engine }: TenantParts,
  { slots, archives, files }: { slots: LocalBuildSlots; archives: LocalImageArchives; files: LocalWorkspaceFiles },
): LocalBuilds {
  const namesOf = (image: Digest): string[] => {
    const { tags } = engine.images.get(image);
    return tags.length === 0 ? [image] : tags;
  };
  return new LocalBuilds({
    outlets: {
      open: (image, type, options) =>
        type === "tar" ? engine.builder.openFiles(image, options) : archives.save(namesOf(image), options),
      tag: (image, name) => engine.images.tag(image, name),
      push: (name, { auth, signal }) => engine.transfer.push(name, { ...(auth === undefined ? {} : { auth }), signal }),
    },
    tenant: engine.tenant,
    workspace: engine.paths.workspace,
    files: () => files.list(),
    builder: engine.builder,
    table: shared.buildTable,
    logs: new BuildLogs(join(engine.paths.state, "builds")),
    slots,
  });
}

function createStepShells(shared: Shared, { engine }: TenantParts, builds: LocalBuilds): StepShells {
  return new StepShells({
    cacheDirectory: (id, seed) => engine.builder.cacheDirectory(id, seed),
    records: engine.builder.records,
    images: engine.images,
    layers: shared.storage.layers,
    containers: engine.containers,
    files: engine.files,
    terminals: engine.terminals,
    newContainer: shellContainer,
    resume: (build, resumed, over) => builds.resume(build, resumed, over),
  });
}

function tenantRoutes(
  shared: Shared,
  { engine }: TenantParts,
  {
    builds,
    slots,
    shells,
    archives,
    meter,
    disk,
    files,
    requests,
  }: {
    builds: LocalBuilds;
    slots: LocalBuildSlots;
    shells: StepShells;
    archives: LocalImageArchives;
    meter: UsageMeter;
    disk: TenantDisk;
    files: LocalWorkspaceFiles;
    requests: RequestLog;
  },
): Route[] {
  const { storage, config, host } = shared;
  const { tenant, paths } = engine;
  return [
    ...dockerRoutes(engine, {
      layers: storage.layers,
      snapshots: storage.snapshots,
      collector: storage.gc,
      host,
      logPath: ({ id }) => join(config.data, "containers", id, `${id}-json.log`),
      archives,
      urls: urlSource(shared, tenant),
      build: {
        unpack: (tar, signal) => shared.contexts.unpack(tar, { tenant: tenant.id, limitBytes: disk.room, signal }),
        slots,
        builds,
      },
    }),
    ...extensionRoutes(engine, {
      workspace: {
        files,
        watch: new LocalWorkspaceWatch(paths.workspace),
      },
      builds,
      buildRecords: { shells, files: shared.imageFiles },
      imageFiles: shared.imageFiles,
      requests,
      listeningPorts,
      answeringPorts,
      usage: () => meter.usage(),
    }),
  ];
}

/** Everything of the tenant in the engine, in the order in which one thing uses the other. */
async function destroy(shared: Shared, parts: TenantParts, builds: LocalBuilds): Promise<void> {
  const { engine, containers } = parts;
  await builds.close();
  await shared.executor.idle();
  for (const { id } of engine.containers.list()) {
    await engine.containers.remove(id, { force: true, volumes: true });
  }
  await containers.volumes.destroy();
  await shared.machine.network.forget(engine.tenant);
  for (const { id } of engine.images.list()) {
    if (engine.images.find(id) !== undefined) {
      engine.images.remove(id, { force: true, prune: true });
    }
  }
  await parts.builder.destroy();
  await shared.machine.cgroups.killAndRemove(engine.tenant.cgroupParent);
  shared.buildTable.removeAll(engine.tenant.id);
  shared.storage.gc.schedule();
}

function ignoreStopped(error: unknown): void {
  // It ended by itself, or was removed, in the meantime.
  if (!isEngineError(error, "not_modified", "not_found")) {
    throw error;
  }
}
