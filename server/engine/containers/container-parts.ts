import type { EventBus } from "../events/events.ts";
import type { ImageStore } from "../images/image-store.ts";
import type { LeaseManager } from "../leases/leases.ts";
import type { Mounter } from "../mount/mount.ts";
import type { ResolverSettings } from "../network/dns/host-resolvers.ts";
import type { NetworkService } from "../network/network-service.ts";
import type { ResolvedUser } from "../runtime/user.ts";
import type { HostFacts } from "../runtime/spec/host.ts";
import type { RuntimeName, TaskService } from "../runtime/task.ts";
import type { Snapshotter } from "../snapshots/snapshotter.ts";
import type { Tenant, TenantPaths } from "../tenants/tenant.ts";
import type { LocalVolumes } from "../volumes/local.ts";
import type { BindPins } from "./bind-pins.ts";
import type { ContainerDirectories } from "./container-directories.ts";
import type { ContainerTable } from "./container-table.ts";

/**
 * `user[:group]`, by name or number, looked up in the container's own /etc/passwd and /etc/group.
 * @param rootfs host path of the container's root, not to be trusted
 * @throws InvalidArgument `unable to find user x: no matching entries in passwd file`
 */
export type UserResolver = (rootfs: string, user: string, groupAdd: readonly string[]) => ResolvedUser;

/** Everything the containers of one tenant are made with; each class in this directory takes what it needs of it. */
/** The operator's settings for containers to be (dockerd(8), --default-ulimit, --log-driver, --log-opt). */
export interface ContainerDefaults {
  logDriver?: string;
  /** of that driver */
  logOptions?: Record<string, string>;
  ulimits?: readonly { name: string; soft: number; hard: number }[];
}

export interface ContainerParts {
  tenant: Tenant;
  paths: TenantPaths;
  table: ContainerTable;
  directories: ContainerDirectories;
  images: ImageStore;
  snapshots: Snapshotter;
  leases: LeaseManager;
  mounter: Mounter;
  pins: BindPins;
  tasks: TaskService;
  networks: NetworkService;
  volumes: LocalVolumes;
  events: EventBus;
  host: HostFacts;
  resolveUser: UserResolver;
  /** the machine's own DNS settings */
  resolvers: () => ResolverSettings;
  defaultRuntime: RuntimeName;
  /** what containers have that say nothing of it */
  defaults?: ContainerDefaults;
  /** where errors go that no caller waits for: the daemon's log */
  report: (what: string, error: unknown) => void;
}
