import type { UrlSource } from "../remotes/url-source.ts";
import type { ImageStore } from "../images/image-store.ts";
import type { LayerStore } from "../layers/layer-store.ts";
import type { LeaseManager } from "../leases/leases.ts";
import type { Database } from "../metadata/database.ts";
import type { Mounter } from "../mount/mount.ts";
import type { ResolverSettings } from "../network/dns/host-resolvers.ts";
import type { NetworkService } from "../network/network-service.ts";
import type { ImageTransfer } from "../remotes/remotes.ts";
import type { RuntimeSpec } from "../runtime/runtime-spec.ts";
import type { SpecOptions } from "../runtime/spec/default-spec.ts";
import type { Executor, RuntimeName } from "../runtime/task.ts";
import type { SnapshotTrees } from "../snapshots/snapshot-tree.ts";
import type { Snapshotter } from "../snapshots/snapshotter.ts";
import type { Tenant } from "../tenants/tenant.ts";
import type { BuildRequest } from "./builder.ts";
import type { ExecTools } from "./ops/exec-tools.ts";
import type { UserLookup } from "./ops/build-work.ts";
import type { FileDigests } from "./ops/file-digests.ts";
import type { BuildResult } from "./ops/result.ts";
import type { CacheExchange } from "./portable/cache-exchange.ts";
import type { Flights } from "./solver/solver.ts";
import type { Pace } from "./solver/types.ts";

export interface LocalBuilderOptions {
  tenant: Tenant;
  database: Database;
  images: ImageStore;
  transfer: ImageTransfer;
  layers: LayerStore;
  snapshots: Snapshotter & SnapshotTrees;
  mounter: Mounter;
  leases: LeaseManager;
  executor: Executor;
  runtime: () => RuntimeName;
  spec: (options: SpecOptions) => RuntimeSpec;
  networks: NetworkService;
  resolvers: () => ResolverSettings;
  users: UserLookup;
  urls: UrlSource;
  container: ExecTools["container"];
  /** of the tenant's, if it is in one */
  group?: BuilderGroup;
  /** shared by all tenants' builders: inodes are the machine's */
  digests: FileDigests;
  /** persistent, of this tenant's builder alone: cache mounts */
  stateDir: string;
  /** of this builder alone: mounts and files of running steps; reachable for container users (made 0711) */
  runDir: string;
  /** told how many bytes a step has written. @throws DiskFull if its tenant may not keep them */
  admit?: (bytes: number) => Promise<void>;
  /** for `--cache-from` and `--cache-to`; without it they are refused */
  caches?: CacheExchange;
  /** the tenant's share of the thread; undefined: shared with nobody */
  pace?: Pace;
  /** steps at a time, of all this tenant's builds together (default 8) */
  parallelism?: number;
  onCachePruned?: () => void;
  /** gives a request whose events somebody else hears, too */
  overhear?: (request: BuildRequest) => BuildRequest;
  /** of the cache; undefined: its own */
  cacheLimits?: { bytes: number; unusedForMs: number } | undefined;
  /** the engine's, which images of the classic builder name */
  version?: string;
}

/** Tenants that trust each other: what one of them has built the others take. */
export interface BuilderGroup {
  /** of their cache */
  scope: string;
  /** what runs now, of all of them */
  flights: Flights<BuildResult>;
  /** whether another tenant is in it */
  isNeeded(): boolean;
}
