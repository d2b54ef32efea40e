import { join } from "node:path";
import type { EventBus } from "../events/events.ts";
import type { ImageStore } from "../images/image-store.ts";
import type { LeaseManager } from "../leases/leases.ts";
import type { Database } from "../metadata/database.ts";
import type { Mounter } from "../mount/mount.ts";
import type { ResolverSettings } from "../network/dns/host-resolvers.ts";
import type { NetworkService } from "../network/network-service.ts";
import type { HostFacts } from "../runtime/spec/host.ts";
import type { RuntimeName, TaskService } from "../runtime/task.ts";
import type { Snapshotter } from "../snapshots/snapshotter.ts";
import type { Tenant, TenantPaths } from "../tenants/tenant.ts";
import { LocalVolumes } from "../volumes/local.ts";
import type { BindPins } from "./bind-pins.ts";
import { ContainerDirectories } from "./container-directories.ts";
import type { ContainerParts, UserResolver } from "./container-parts.ts";
import { ContainerRecords } from "./container-records.ts";
import { ContainerTable } from "./container-table.ts";
import { newEntry } from "./create.ts";
import { LocalContainers } from "./local.ts";
import { LocalStreams } from "./streams.ts";

export interface TenantContainersOptions {
  tenant: Tenant;
  paths: TenantPaths;
  /** of all tenants: `containers/` and `volumes/` are made beneath */
  dataRoot: string;
  /** of all tenants, beneath a shared mount: `containers/` is made beneath */
  runRoot: string;
  database: Database;
  /** the tenant's own bus, made before its images so that they can tell their events too */
  events: EventBus;
  images: ImageStore;
  snapshots: Snapshotter;
  leases: LeaseManager;
  mounter: Mounter;
  pins: BindPins;
  tasks: TaskService;
  networks: NetworkService;
  host: HostFacts;
  resolveUser: UserResolver;
  resolvers: () => ResolverSettings;
  defaultRuntime: RuntimeName;
  report: (what: string, error: unknown) => void;
}

/** What one tenant's containers are to the rest of the engine. */
export interface TenantContainers {
  containers: LocalContainers;
  streams: LocalStreams;
  volumes: LocalVolumes;
  /** After a restart of drydockd, before the API answers. */
  restore(): Promise<void>;
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
    events: options.events,
    usersOf: (name) =>
      table
        .all()
        .filter(({ record }) => record.mounts.some((mount) => mount.type === "volume" && mount.name === name))
        .map(({ record }) => record.id),
  });
  const directories = new ContainerDirectories({
    data: join(options.dataRoot, "containers"),
    run: join(options.runRoot, "containers"),
    idMap: tenant.idMap,
  });
  const parts: ContainerParts = { ...options, table, directories, volumes };
  for (const record of records.load()) {
    table.add(newEntry(parts, record));
  }
  const containers = new LocalContainers(parts);
  return {
    containers,
    streams: new LocalStreams(parts),
    volumes,
    restore: async () => {
      await volumes.restore();
      await containers.restore();
    },
  };
}
