import type { LoopShare } from "../concurrency/loop-shares.ts";
import type { EventBus } from "../events/events.ts";
import type { ImageStore } from "../images/image-store.ts";
import type { LeaseManager } from "../leases/leases.ts";
import type { Mounter } from "../mount/mount.ts";
import type { ResolverSettings } from "../network/dns/host-resolvers.ts";
import type { NetworkService } from "../network/network-service.ts";
import type { DiskRoomOf } from "../quota/disk-room.ts";
import type { ResolvedUser } from "../runtime/user.ts";
import type { HostFacts } from "../runtime/spec/host.ts";
import type { RuntimeName, TaskService } from "../runtime/task.ts";
import type { Snapshotter } from "../snapshots/snapshotter.ts";
import type { Tenant, TenantPaths } from "../tenants/tenant.ts";
import type { LocalVolumes } from "../volumes/local.ts";
import type { BindPins } from "./bind-pins.ts";
import type { ContainerDirectories } from "./container-directories.ts";
import type { ContainerTable } from "./container-table.ts";
import type { MissedImages } from "./missed-images.ts";
import type { HostOptions } from "./container.ts";

/**
 * `user[:group]`, by name or number, looked up in the container's own /etc/passwd and /etc/group.
 * @param rootfs host path of the container's root, not to be trusted
 * @throws InvalidArgument `unable to find user x: no matching entries in passwd file`
 */
export type UserResolver = (rootfs: string, user: string, groupAdd: readonly string[]) => ResolvedUser;

/**
 * The operator's settings for containers to be (dockerd(8), --default-ulimit, --log-driver, ...); what they say now is in
 * force. Undefined: Docker's default.
 */
export interface ContainerDefaults {
  readonly logDriver?: string | undefined;
  /** of that driver */
  readonly logOptions?: Record<string, string> | undefined;
  readonly ulimits?: readonly { name: string; soft: number; hard: number }[];
  /** bytes */
  readonly shmSize?: number | undefined;
  readonly ipcMode?: string | undefined;
  /** `host` is only for tenants who may ask for it */
  readonly cgroupnsMode?: string | undefined;
  readonly init?: boolean | undefined;
  readonly noNewPrivileges?: boolean | undefined;
  /** a profile; `unconfined` is only for tenants who may ask for it */
  readonly seccomp?: "unconfined" | object | undefined;
  /** what `host-gateway` stands for, one of each family */
  readonly hostGateways?: readonly string[] | undefined;
  /** names of OCI runtimes beside our own: the operator's */
  readonly runtimes?: readonly string[];
}

/** Everything the containers of one tenant are made with; each class in this directory takes what it needs of it. */
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
  /** of a container that names none */
  defaultRuntime: (host: HostOptions) => RuntimeName;
  /** for what is told of a run: the pulls that containers had to wait for */
  missed?: MissedImages;
  /** for what is told of a run: what directories are named from; undefined: the machine's root */
  dataRoot?: string;
  /** the engine's, which images that are committed name */
  version?: string;
  /** what containers have that say nothing of it */
  defaults?: ContainerDefaults;
  /** what the tenant may still write */
  disk?: DiskRoomOf;
  /** the tenant's part of the time of the thread that all are served by; undefined: there is nobody else */
  share?: LoopShare;
  /** where errors go that no caller waits for: the daemon's log */
  report: (what: string, error: unknown) => void;
}
