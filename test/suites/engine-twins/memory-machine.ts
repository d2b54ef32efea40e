import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTenantContainers } from "#engine/containers/tenant-containers.ts";
import type { TenantContainers } from "#engine/containers/tenant-containers.ts";
import { NotFound } from "#engine/errdefs/errors.ts";
import type { EngineEvent } from "#engine/events/events.ts";
import type { Image, ImageStore } from "#engine/images/image-store.ts";
import type { LayerID, LayerStore } from "#engine/layers/layer-store.ts";
import { LocalLeaseManager } from "#engine/leases/local.ts";
import { Database } from "#engine/metadata/database.ts";
import { digestOf } from "#engine/oci/digest.ts";
import { readHostFacts } from "#engine/runtime/spec/host.ts";
import type { Snapshotter } from "#engine/snapshots/snapshotter.ts";
import type { SnapshotTrees } from "#engine/snapshots/snapshot-tree.ts";
import { policies } from "#engine/tenants/policy.ts";
import type { Tenant, TenantId, TenantLimits } from "#engine/tenants/tenant.ts";
import { MemoryNetwork } from "./memory-network.ts";
import { MemoryTasks } from "./memory-tasks.ts";

/** A tenant's containers over twins: no root, no mounts, no processes. */
export class MemoryMachine {
  readonly directory = mkdtempSync(join(tmpdir(), "drydock-twins-"));
  readonly tasks = new MemoryTasks();
  readonly network = new MemoryNetwork();
  readonly snapshots = new Set<string>();
  readonly mounted = new Set<string>();
  readonly events: EngineEvent[] = [];
  readonly errors: unknown[] = [];
  readonly database = new Database(":memory:");
  readonly tenant: Tenant;
  engine: TenantContainers;

  constructor(limits: TenantLimits = {}) {
    this.tenant = {
      id: "twin" as TenantId,
      policy: "class",
      rules: policies.class,
      limits,
      idMap: { hostBase: 1_000_000, size: 65_536 },
      cgroupParent: "/drydock/twin",
      createdAt: 0,
    };
    this.engine = this.open();
  }

  /** Also as a new drydockd on the same metadata and tasks. */
  open(): TenantContainers {
    this.engine = createTenantContainers({
      tenant: this.tenant,
      paths: { state: this.directory, workspace: this.directory, socketDir: this.directory },
      dataRoot: join(this.directory, "data"),
      runRoot: join(this.directory, "run"),
      database: this.database,
      events: {
        publish: (event) => void this.events.push({ ...event, timeNano: 0n }),
        subscribe: () => {
          throw new Error("not used");
        },
      },
      images: images(),
      snapshots: this.#snapshotter(),
      layers: {} as LayerStore,
      leases: new LocalLeaseManager(this.database),
      mounter: {
        mount: async (_mounts, target) => {
          mkdirSync(target, { recursive: true });
          this.mounted.add(target);
        },
        freeze: async () => {},
        unmount: async (target) => {
          rmSync(target, { recursive: true, force: true });
          this.mounted.delete(target);
        },
      },
      pins: { pin: () => {}, pinHost: async () => {}, check: () => "/", unpinAll: () => {} },
      tasks: this.tasks,
      networks: this.network,
      host: readHostFacts(),
      resolveUser: () => ({ uid: 0, gid: 0, additionalGids: [0], home: "/root" }),
      resolvers: () => ({ servers: [], search: [], options: [] }),
      defaultRuntime: () => "crun",
      report: (what, error) => void this.errors.push({ what, error }),
    });
    return this.engine;
  }

  dispose(): void {
    this.database.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #snapshotter(): Snapshotter & SnapshotTrees {
    const unused = () => {
      throw new Error("not used");
    };
    return {
      name: "twin",
      stat: unused,
      prepare: async (key) => void this.snapshots.add(key),
      mounts: () => [],
      commit: unused,
      remove: async (key) => {
        if (!this.snapshots.delete(key)) {
          throw new NotFound(key);
        }
      },
      usage: unused,
      list: () => [],
      tree: unused,
    };
  }
}

function images(): ImageStore {
  const image: Image = {
    id: digestOf("busybox"),
    config: { architecture: "amd64", os: "linux", config: { Cmd: ["sh"] }, rootfs: { type: "layers", diff_ids: [] } },
    layers: ["layer" as LayerID],
    tags: ["busybox:latest"],
    repoDigests: [],
    size: 1,
    taggedAt: 0,
    lastTag: 0,
    standIn: false,
  };
  const unused = () => {
    throw new Error("not used");
  };
  const get = (name: string) => {
    if (name !== "busybox") {
      throw new NotFound(`No such image: ${name}`);
    }
    return image;
  };
  return {
    list: () => [image],
    get,
    has: unused,
    find: unused,
    create: unused,
    tag: unused,
    setParent: unused,
    remove: unused,
  };
}
