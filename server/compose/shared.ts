import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type HostInfo, readHostInfo, storageDriverOf } from "../daemon/host-info.ts";
import { BuildCacheRoots } from "../engine/builder/cache/build-cache.ts";
import type { BuildResult } from "../engine/builder/ops/result.ts";
import type { Flights } from "../engine/builder/solver/solver.ts";
import { FileDigests } from "../engine/builder/ops/file-digests.ts";
import { BuildTable } from "../engine/builds/build-table.ts";
import { UploadedContexts } from "../engine/builds/upload-context.ts";
import { HubReachability } from "../engine/catalogue/transfer.ts";
import { LoopShares } from "../engine/concurrency/loop-shares.ts";
import { isEngineError } from "../engine/errdefs/errors.ts";
import { ImageFiles } from "../engine/images/files/image-files.ts";
import { catalogueOwner } from "./base-images.ts";
import { operatorTenant } from "../engine/tenants/tenant.ts";
import { ImageRoots } from "../engine/images/image-records.ts";
import { Database } from "../engine/metadata/database.ts";
import { DiskWatch } from "../engine/quota/disk-watch.ts";
import { HeldLayers } from "../engine/quota/held-layers.ts";
import { Fetcher } from "../engine/remotes/fetcher.ts";
import { HttpClient } from "../engine/remotes/http-client.ts";
import { LayerCompressor } from "../engine/remotes/layer-compressor.ts";
import { LayerInstaller } from "../engine/remotes/layer-installer.ts";
import { Registries } from "../engine/remotes/registry-client.ts";
import { AddedRuntimeDriver } from "../engine/runtime/drivers/added.ts";
import { runtimeFeatures } from "../engine/runtime/drivers/features.ts";
import { preferredRuntime } from "../engine/runtime/drivers/preferred-runtime.ts";
import { TaskExecutor } from "../engine/runtime/task-executor.ts";
import { openStorage, type Storage } from "../engine/storage.ts";
import { LocalTenants } from "../engine/tenants/local.ts";
import type { Config } from "./config.ts";
import type { DaemonJson } from "./daemon-json/schema.ts";
import { Settings } from "./daemon-json/settings.ts";
import { shownSettings } from "./daemon-json/shown.ts";
import { gitCommit } from "./git-commit.ts";
import { IdleWatch } from "./idle-watch.ts";
import type { Log } from "./log.ts";
import { type Machine, openMachine } from "./machine.ts";

export const version = "0.1.0";

/** What all tenants' services are made of. */
export interface Shared {
  config: Config;
  database: Database;
  storage: Storage;
  machine: Machine;
  tenants: LocalTenants;
  executor: TaskExecutor;
  http: HttpClient;
  registries: Registries;
  /** the operator's; replaced on reload */
  settings: Settings;
  fetcher: Fetcher;
  installer: LayerInstaller;
  compressor: LayerCompressor;
  hub: HubReachability;
  fileDigests: FileDigests;
  /** build steps that run, by the tenants' group */
  groupFlights: Map<string, Flights<BuildResult>>;
  contexts: UploadedContexts;
  imageFiles: ImageFiles;
  buildTable: BuildTable;
  /** keeps tenants within their share of the disk */
  disks: DiskWatch;
  /** stops what nobody uses */
  idle: IdleWatch;
  /** which tenant alone has a layer */
  heldLayers: HeldLayers;
  /** the time of the one thread */
  loop: LoopShares;
  host: HostInfo;
  log: Log;
}

export function openMetadata(config: Config): Database {
  mkdirSync(config.data, { recursive: true, mode: 0o711 });
  mkdirSync(config.run, { recursive: true, mode: 0o711 });
  return new Database(join(config.data, "metadata.db"));
}

export function openTenants(config: Config, database: Database): LocalTenants {
  return new LocalTenants({
    database,
    dataRoot: config.data,
    runRoot: config.run,
    cgroupRoot: config.cgroupRoot,
    ...(config.idBase === undefined ? {} : { idBase: config.idBase }),
  });
}

/** Opens the state directory; nothing answers yet. */
export async function openShared(config: Config, log: Log): Promise<Shared> {
  const database = openMetadata(config);
  const storage = await openStorage({
    dataRoot: config.data,
    runRoot: config.run,
    db: database,
    ...snapshotterOf(config.daemon),
    onError: (error) => log(error.message),
  });
  const tenants = openTenants(config, database);
  const machine = await openMachine(config, database, log, (tenant) => tenants.find(tenant)?.rules);
  const { content, layers, blobs } = storage;
  const client = new HttpClient();
  const settings = new Settings(config.daemon, await preferredRuntime(machine.drivers));
  const registries = new Registries(client, settings.registries);
  storage.gc.addRoots(new ImageRoots(database, layers, blobs));
  storage.gc.addRoots(new BuildCacheRoots(database));
  const fileDigests = new FileDigests(database);
  const contexts = new UploadedContexts(join(config.data, "contexts"), fileDigests);
  await contexts.recover();
  return {
    config,
    database,
    storage,
    machine,
    tenants,
    executor: new TaskExecutor({ tasks: machine.tasks }),
    http: client,
    registries,
    settings,
    fetcher: new Fetcher(content, undefined, settings.transfers),
    installer: new LayerInstaller(layers),
    compressor: new LayerCompressor(content, layers, blobs.made),
    hub: new HubReachability(registries),
    fileDigests,
    groupFlights: new Map(),
    contexts,
    imageFiles: new ImageFiles(layers),
    buildTable: new BuildTable(database),
    disks: new DiskWatch({ directory: config.data, log }),
    idle: new IdleWatch(log),
    heldLayers: new HeldLayers({
      database,
      layers,
      snapshots: storage.snapshots,
      blobs,
      free: [catalogueOwner, operatorTenant],
    }),
    loop: new LoopShares(),
    host: readHostInfo({
      version,
      gitCommit: gitCommit(join(import.meta.dirname, "../..")),
      dataRoot: config.data,
      runtimes: await installedRuntimes(machine),
      storageDriver: storageDriverOf(storage.snapshots.name),
      settings: shownSettings(settings),
      limits: machine.facts,
    }),
    log,
  };
}

/** Docker's names for ours. */
function snapshotterOf({ "storage-driver": driver }: DaemonJson): { snapshotter?: "overlay" | "copy" } {
  return driver === undefined || driver === "" ? {} : { snapshotter: driver === "vfs" ? "copy" : "overlay" };
}

async function installedRuntimes(machine: Machine): Promise<HostInfo["runtimes"]> {
  const found: HostInfo["runtimes"] = [];
  for (const driver of machine.drivers.values()) {
    if (driver instanceof AddedRuntimeDriver) continue;
    try {
      const path = await driver.binary();
      const [version, features] = await Promise.all([driver.version(), runtimeFeatures(path)]);
      found.push({ name: driver.name, path, version, ...(features === undefined ? {} : { features }) });
    } catch (error) {
      if (!isEngineError(error, "failed_precondition")) {
        throw error;
      }
    }
  }
  return found;
}
