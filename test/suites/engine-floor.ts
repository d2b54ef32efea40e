import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { LocalImageStore } from "#engine/images/local.ts";
import type { LayerID } from "#engine/layers/layer-store.ts";
import { Database } from "#engine/metadata/database.ts";
import { unmountAll } from "#engine/mount/local-mounter.ts";
import { mountPointsBeneath } from "#engine/mount/mount-table.ts";
import type { LocalNetworkService } from "#engine/network/local-network-service.ts";
import { NetworkHost } from "#engine/network/network-host.ts";
import { CgroupService } from "#engine/runtime/cgroups/cgroup-service.ts";
import type { RuntimeDriver } from "../../server/engine/runtime/drivers/driver.ts";
import { CrunDriver } from "#engine/runtime/drivers/crun.ts";
import { RuncDriver } from "#engine/runtime/drivers/runc.ts";
import { RunscDriver } from "#engine/runtime/drivers/runsc.ts";
import { Keeper } from "#engine/runtime/link/keeper.ts";
import { readHostFacts } from "#engine/runtime/spec/host.ts";
import { SupervisedTaskService } from "#engine/runtime/supervised-task-service.ts";
import { openStorage, type Storage } from "#engine/storage.ts";
import { LocalTenants } from "#engine/tenants/local.ts";
import type { Tenant, TenantPaths } from "#engine/tenants/tenant.ts";
import { claimName } from "./claimed-name.ts";
import { noteNames, ownedDirectory } from "./owned-directory.ts";

/** Why engines cannot run here; undefined if they can. */
export function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) {
    return "containers need root";
  }
  return existsSync("/bin/busybox") ? undefined : "the package busybox-static is not installed";
}

/** The drivers that there are, those of `runsc` with their state beneath `run`. */
export function runtimeDrivers(run: string): Map<string, RuntimeDriver> {
  return new Map<string, RuntimeDriver>([
    ["crun", new CrunDriver()],
    ["runc", new RuncDriver()],
    ["runsc", new RunscDriver(join(run, "runsc"))],
  ]);
}

/** A file system of the machine's busybox. */
export function writeBusybox(root: string, directories: readonly string[], applets: readonly string[]): void {
  for (const directory of ["bin", ...directories]) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  for (const applet of applets) {
    symlinkSync("busybox", join(root, "bin", applet));
  }
}

/**
 * What one tenant's builder or containers stand on: the real storage, runtimes, control groups and networks, in
 * directories, devices and tables of its own.
 */
export class EngineFloor {
  readonly directory: string;
  /** of its devices and its tenant */
  readonly name: string;
  readonly tenantId: string;
  readonly host = readHostFacts();
  tenant!: Tenant;
  paths!: TenantPaths;
  database!: Database;
  storage!: Storage;
  images!: LocalImageStore;
  tasks!: SupervisedTaskService;
  network!: NetworkHost;
  #keeper!: Keeper;
  #cgroups!: CgroupService;

  /**
   * @param prefix of its directory's name
   * @param other a machine in another process, to be killed: this one goes on with it, or the other way round
   */
  constructor(prefix: string, other?: { directory: string; name: string }) {
    this.directory = other?.directory ?? ownedDirectory(prefix);
    this.name = other?.name ?? claimName();
    this.tenantId = basename(this.directory).toLowerCase();
    if (other === undefined) {
      const devices = [`dt${this.name}`, `dv${this.name}`];
      noteNames(this.directory, { cgroup: this.#cgroupRoot, table: this.#table, devices });
    }
  }

  get dataDirectory(): string {
    return join(this.directory, "data");
  }

  get runDirectory(): string {
    return join(this.directory, "run");
  }

  get networks(): LocalNetworkService {
    return this.network.service(this.tenant);
  }

  /** Takes up what is there. */
  async open(): Promise<void> {
    const { dataDirectory: data, runDirectory: run, tenantId } = this;
    mkdirSync(data, { recursive: true, mode: 0o711 });
    execFileSync("chmod", ["711", this.directory]);
    const database = new Database(join(data, "metadata.db"));
    this.database = database;
    const tenants = new LocalTenants({ database, dataRoot: data, runRoot: run, cgroupRoot: this.#cgroupRoot });
    this.tenant = tenants.find(tenantId) ?? (await tenants.create({ id: tenantId, policy: "class" }));
    this.paths = tenants.paths(this.tenant.id);
    this.storage = await openStorage({ dataRoot: data, runRoot: run, db: database });
    this.#cgroups = new CgroupService();
    this.#cgroups.ensureParent(this.tenant);
    this.#keeper = new Keeper(join(run, "keeper"), this.#cgroups.hierarchy.unified);
    this.tasks = new SupervisedTaskService({
      runDir: run,
      keeper: this.#keeper,
      cgroups: this.#cgroups,
      drivers: runtimeDrivers(run),
      capabilities: this.host.capabilities,
    });
    await this.tasks.start();
    this.network = new NetworkHost({
      database,
      table: this.#table,
      bridgePrefix: `dt${this.name}`,
      vethPrefix: `dv${this.name}`,
    });
    await this.network.start();
    const { content, layers, leases } = this.storage;
    const tenant = this.tenant.id;
    this.images = new LocalImageStore({ tenant, database, content, layers, leases, usedBy: () => [] });
  }

  /** A layer of what `fill` puts into a directory. */
  async makeLayer(fill: (root: string) => void): Promise<LayerID> {
    const { snapshots, mounter, layers } = this.storage;
    await snapshots.prepare("layer-being-made", undefined);
    const target = join(this.runDirectory, "layer");
    await mounter.mount(snapshots.mounts("layer-being-made"), target);
    try {
      fill(target);
    } finally {
      await mounter.unmount(target);
    }
    return (await layers.commit("layer-being-made")).id;
  }

  /** Removes all that was made. */
  async dispose(): Promise<void> {
    await this.tasks.release();
    await this.tasks.close();
    await this.#keeper.stop();
    await this.networks.clear();
    await this.network.shutdown({ remove: true });
    await this.#cgroups.killAndRemove(this.tenant.cgroupParent);
    await this.#cgroups.remove(dirname(this.tenant.cgroupParent));
    await this.storage.close();
    this.database.close();
    mountPointsBeneath(this.directory).forEach(unmountAll);
    unmountAll(this.runDirectory);
    rmSync(this.directory, { recursive: true, force: true });
  }

  get #cgroupRoot(): string {
    return `/drydock-${this.tenantId}`;
  }

  get #table(): string {
    return `drydock-test-${this.tenantId}`;
  }
}
