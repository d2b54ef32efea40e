import { join } from "node:path";
import type { LoopShare } from "../concurrency/loop-shares.ts";
import { Differ } from "../diff/differ.ts";
import type { EventBus } from "../events/events.ts";
import type { ImageStore } from "../images/image-store.ts";
import type { LayerStore } from "../layers/layer-store.ts";
import type { LeaseManager } from "../leases/leases.ts";
import type { Database } from "../metadata/database.ts";
import type { Mounter } from "../mount/mount.ts";
import type { ResolverSettings } from "../network/dns/host-resolvers.ts";
import type { NetworkService } from "../network/network-service.ts";
import type { DiskRoomOf } from "../quota/disk-room.ts";
import type { HostFacts } from "../runtime/spec/host.ts";
import type { RuntimeName, TaskService } from "../runtime/task.ts";
import type { Snapshotter } from "../snapshots/snapshotter.ts";
import type { SnapshotTrees } from "../snapshots/snapshot-tree.ts";
import { LocalTerminals } from "../terminals/local.ts";
import { TerminalRecords } from "../terminals/terminal-records.ts";
import type { Tenant, TenantPaths } from "../tenants/tenant.ts";
import { LocalVolumes } from "../volumes/local.ts";
import type { VolumePlugins } from "../volumes/plugins.ts";
import type { BindPins } from "./bind-pins.ts";
import { ContainerDirectories } from "./container-directories.ts";
import type { ContainerDefaults, ContainerParts, UserResolver } from "./container-parts.ts";
import { LocalContainerFiles } from "./container-files.ts";
import { ContainerRecords } from "./container-records.ts";
import { ContainerRoot } from "./container-root.ts";
import { ContainerTable } from "./container-table.ts";
import { newEntry } from "./create.ts";
import { LocalExecs } from "./execs.ts";
import { LocalContainers } from "./local.ts";
import type { MissedImages } from "./missed-images.ts";
import { RootFileSystem } from "./root-file-system.ts";
import { LocalStreams } from "./streams.ts";
import type { HostOptions } from "./container.ts";

export interface TenantContainersOptions {
  tenant: Tenant;
  paths: TenantPaths;
  /** drivers of volumes beside `local` */
  volumePlugins?: VolumePlugins;
  /** of all tenants: `containers/` and `volumes/` are made beneath */
  dataRoot: string;
  /** of all tenants, beneath a shared mount: `containers/` is made beneath */
  runRoot: string;
  database: Database;
  /** the tenant's own bus, made before its images so that they can tell their events too */
  events: EventBus;
  images: ImageStore;
  snapshots: Snapshotter & SnapshotTrees;
  layers: LayerStore;
  leases: LeaseManager;
  mounter: Mounter;
  pins: BindPins;
  tasks: TaskService;
  networks: NetworkService;
  host: HostFacts;
  resolveUser: UserResolver;
  resolvers: () => ResolverSettings;
  defaultRuntime: (host: HostOptions) => RuntimeName;
  defaults?: ContainerDefaults;
  missed?: MissedImages;
  /** the engine's own */
  version?: string;
  /** what the tenant may still write */
  disk?: DiskRoomOf;
  /** the tenant's part of the thread that all are served by */
  share?: LoopShare;
  /** makes what is put into a directory count for the tenant's quota, where there is one */
  assign?: ((directory: string, project: number) => void) | undefined;
  report: (what: string, error: unknown) => void;
}

/** What one tenant's containers are to the rest of the engine. */
export interface TenantContainers {
  containers: LocalContainers;
  streams: LocalStreams;
  files: LocalContainerFiles;
  execs: LocalExecs;
  terminals: LocalTerminals;
  volumes: LocalVolumes;
  /** execs that run now */
  runningExecs(): number;
  /** After a restart of drydockd, before the API answers. */
  restore(): Promise<void>;
}

/** Containers that have the volume of themselves; only when there are none, those that have it from one that is gone. */
function volumeUsers(table: ContainerTable, name: string): string[] {
  const users = (inherited: boolean) =>
    table
      .all()
      .filter(({ record: { mounts } }) =>
        mounts.some((one) => one.type === "volume" && one.name === name && (one.inherited ?? false) === inherited),
      )
      .map(({ record }) => record.id);
  const own = users(false);
  return own.length > 0 ? own : users(true);
}

/** Puts one tenant's containers, their streams, files, execs, terminals and volumes together. */
export function createTenantContainers(options: TenantContainersOptions): TenantContainers {
  const { tenant, database } = options;
  const records = new ContainerRecords(database, tenant.id);
  const table = new ContainerTable(records);
  const volumes = new LocalVolumes({
    database,
    tenant,
    directory: join(options.dataRoot, "volumes"),
    mounts: join(options.runRoot, "volumes", tenant.id),
    events: options.events,
    usersOf: (name) => volumeUsers(table, name),
    runningUsersOf: (name) =>
      table
        .all()
        .filter(({ record: { pid, mounts } }) => pid > 0 && mounts.some((mount) => mount.name === name))
        .map(({ record }) => record.id),
    ...(options.volumePlugins === undefined ? {} : { plugins: options.volumePlugins }),
  });
  const directories = new ContainerDirectories({
    data: join(options.dataRoot, "containers"),
    run: join(options.runRoot, "containers"),
    idMap: tenant.idMap,
    assign: options.assign,
  });
  const parts: ContainerParts = { ...options, table, directories, volumes };
  for (const record of records.load()) {
    table.add(newEntry(parts, record));
  }
  const files = new RootFileSystem(parts);
  const containers = new LocalContainers(parts, files);
  const execs = new LocalExecs(parts);
  const terminals = new LocalTerminals(parts, new TerminalRecords(database, tenant.id));
  containers.onRemove(async (id) => {
    execs.forget(id);
    await terminals.forgetContainer(id);
  });
  return {
    containers,
    streams: new LocalStreams(parts),
    files: new LocalContainerFiles({
      parts,
      root: new ContainerRoot(parts, files),
      differ: new Differ(options.snapshots),
      layers: options.layers,
    }),
    execs,
    terminals,
    volumes,
    runningExecs: () => execs.runningCount,
    restore: async () => {
      await volumes.restore();
      await containers.restore();
      await terminals.restore();
    },
  };
}
