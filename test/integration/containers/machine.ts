import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { LocalBindPins } from "#engine/containers/bind-pins.ts";
import type { NewContainer } from "#engine/containers/container.ts";
import { createTenantContainers } from "#engine/containers/tenant-containers.ts";
import type { TenantContainers } from "#engine/containers/tenant-containers.ts";
import type { EngineEvent } from "#engine/events/events.ts";
import { LocalEventBus } from "#engine/events/local.ts";
import { LocalImageStore } from "#engine/images/local.ts";
import { Database } from "#engine/metadata/database.ts";
import { newContainer } from "../../suites/new-container.ts";
import type { ContainerOverrides } from "../../suites/new-container.ts";
import { unmountAll } from "#engine/mount/local-mounter.ts";
import type { LocalNetworkService } from "#engine/network/local-network-service.ts";
import { NetworkHost } from "#engine/network/network-host.ts";
import { CgroupService } from "#engine/runtime/cgroups/cgroup-service.ts";
import type { RuntimeDriver } from "../../../server/engine/runtime/drivers/driver.ts";
import { CrunDriver } from "#engine/runtime/drivers/crun.ts";
import { RuncDriver } from "#engine/runtime/drivers/runc.ts";
import { RunscDriver } from "#engine/runtime/drivers/runsc.ts";
import { Keeper } from "#engine/runtime/link/keeper.ts";
import { SupervisedTaskService } from "#engine/runtime/supervised-task-service.ts";
import { resolveUser } from "#engine/runtime/user.ts";
import { readHostFacts } from "#engine/runtime/spec/host.ts";
import { openStorage } from "#engine/storage.ts";
import type { Storage } from "#engine/storage.ts";
import type { ImageRunConfig } from "#engine/oci/types.ts";
import { LocalTenants } from "#engine/tenants/local.ts";
import type { Tenant, TenantPaths } from "#engine/tenants/tenant.ts";
import { claimName } from "../../suites/claimed-name.ts";
import { noteNames, ownedDirectory } from "../../suites/owned-directory.ts";
import { patience } from "../../suites/patience.ts";

/** Why these tests cannot run here; undefined if they can. */
export function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) {
    return "containers need root";
  }
  if (!existsSync("/bin/busybox")) {
    return "the package busybox-static is not installed";
  }
  return undefined;
}

/** The real engine beneath a tenant's containers, on directories, bridges and cgroups of its own. */
export class Machine {
  readonly directory: string;
  readonly tenantId: string;
  readonly errors: string[] = [];
  readonly events: EngineEvent[] = [];
  tenant!: Tenant;
  paths!: TenantPaths;
  engine!: TenantContainers;
  images!: LocalImageStore;
  networks!: LocalNetworkService;
  #storage!: Storage;
  #database!: Database;
  #tasks!: SupervisedTaskService;
  #keeper!: Keeper;
  #cgroups!: CgroupService;
  #network!: NetworkHost;
  /** of its devices and its tenant */
  readonly name: string;

  /** @param other a machine in another process, to be killed: this one goes on with it, or the other way round */
  constructor(other?: { directory: string; name: string }) {
    this.directory = other?.directory ?? ownedDirectory("drydock-containers-");
    this.name = other?.name ?? claimName();
    this.tenantId = basename(this.directory).toLowerCase();
    if (other === undefined) {
      const devices = [`dt${this.name}`, `dv${this.name}`];
      const names = { cgroup: `/drydock-${this.tenantId}`, table: `drydock-test-${this.tenantId}`, devices };
      noteNames(this.directory, names);
    }
  }

  /** Takes up what is there. */
  async start(): Promise<void> {
    const data = join(this.directory, "data");
    const run = join(this.directory, "run");
    mkdirSync(data, { recursive: true, mode: 0o711 });
    execFileSync("chmod", ["711", this.directory]);
    this.#database = new Database(join(data, "metadata.db"));
    const cgroupRoot = `/drydock-${this.tenantId}`;
    const tenants = new LocalTenants({ database: this.#database, dataRoot: data, runRoot: run, cgroupRoot });
    this.tenant = tenants.find(this.tenantId) ?? (await tenants.create({ id: this.tenantId, policy: "class" }));
    this.paths = tenants.paths(this.tenant.id);
    this.#storage = await openStorage({ dataRoot: data, runRoot: run, db: this.#database });
    this.#cgroups = new CgroupService();
    this.#cgroups.ensureParent(this.tenant);
    this.#keeper = new Keeper(join(run, "keeper"), this.#cgroups.hierarchy.unified);
    this.#tasks = new SupervisedTaskService({
      runDir: run,
      keeper: this.#keeper,
      cgroups: this.#cgroups,
      drivers: new Map<string, RuntimeDriver>([
        ["crun", new CrunDriver()],
        ["runc", new RuncDriver()],
        ["runsc", new RunscDriver(join(run, "runsc"))],
      ]),
      capabilities: readHostFacts().capabilities,
    });
    await this.#tasks.start();
    this.#network = new NetworkHost({
      database: this.#database,
      table: `drydock-test-${this.tenantId}`,
      bridgePrefix: `dt${this.name}`,
      vethPrefix: `dv${this.name}`,
    });
    await this.#network.start();
    const { content, layers, leases } = this.#storage;
    this.images = new LocalImageStore({
      tenant: this.tenant.id,
      database: this.#database,
      content,
      layers,
      leases,
      usedBy: () => [],
    });
    await this.#makeImages();
    this.networks = this.#network.service(this.tenant);
    const events = new LocalEventBus();
    const publish = events.publish.bind(events);
    events.publish = (event) => {
      this.events.push({ ...event, timeNano: 0n });
      publish(event);
    };
    this.engine = createTenantContainers({
      tenant: this.tenant,
      paths: this.paths,
      dataRoot: data,
      runRoot: run,
      database: this.#database,
      events,
      images: this.images,
      snapshots: this.#storage.snapshots,
      layers,
      leases,
      mounter: this.#storage.mounter,
      pins: new LocalBindPins(this.#storage.mounter.namespaces, run),
      tasks: this.#tasks,
      networks: this.networks,
      host: readHostFacts(),
      resolveUser,
      resolvers: () => this.#network.resolvers.get(),
      defaultRuntime: () => "crun",
      report: (what, error) => this.errors.push(`${what}: ${String(error)}`),
    });
    await this.engine.restore();
  }

  /** Removes all that was made. */
  async dispose(): Promise<void> {
    for (const container of this.engine.containers.list()) {
      await this.engine.containers.remove(container.id, { force: true, volumes: true });
    }
    await this.engine.volumes.destroy();
    await this.#tasks.release();
    await this.#tasks.close();
    await this.#keeper.stop();
    await this.networks.clear();
    await this.#network.shutdown({ remove: true });
    await this.#cgroups.remove(dirname(this.tenant.cgroupParent));
    await this.#storage.close();
    this.#database.close();
    unmountAll(join(this.directory, "run"));
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** A container of busybox; `overrides` over the defaults of `docker run busybox`. */
  request(cmd: string[], overrides: ContainerOverrides = {}): NewContainer {
    return newContainer(cmd, overrides);
  }

  async run(cmd: string[], overrides: ContainerOverrides = {}): Promise<string> {
    const { container } = await this.engine.containers.create(this.request(cmd, overrides));
    await this.engine.containers.start(container.id);
    return container.id;
  }

  /** All that the container wrote. */
  async logged(id: string): Promise<string> {
    let text = "";
    const options = { stdout: true, stderr: true, follow: true, signal: AbortSignal.timeout(patience) };
    for await (const record of this.engine.streams.logs(id, options)) {
      text += record.line.toString();
    }
    return text;
  }

  /** Waits until the container wrote `text`. */
  async wrote(id: string, text: string): Promise<void> {
    const signal = AbortSignal.timeout(patience);
    for await (const record of this.engine.streams.output(id, { offset: 0, signal })) {
      if (record.text.includes(text)) {
        return;
      }
    }
    throw new Error(`container ${id} did not write ${text}`);
  }

  /** Waits for its end. */
  /** As long as the runner lets it: how long a container takes on a busy machine says nothing. */
  async ended(id: string): Promise<{ exitCode: number }> {
    const alive = setInterval(() => undefined, 60_000);
    try {
      return await this.engine.containers.wait(id, "not-running", new AbortController().signal);
    } finally {
      clearInterval(alive);
    }
  }

  async #makeImages(): Promise<void> {
    if (this.images.find("busybox") !== undefined) {
      return;
    }
    const { snapshots, mounter, layers } = this.#storage;
    await snapshots.prepare("busybox-active", undefined);
    const target = join(this.directory, "run", "image");
    await mounter.mount(snapshots.mounts("busybox-active"), target);
    makeBusybox(target);
    await mounter.unmount(target);
    const layer = await layers.commit("busybox-active");
    const add = (name: string, config: ImageRunConfig) =>
      this.images.create({
        config: { architecture: "amd64", os: "linux", config, rootfs: { type: "layers", diff_ids: [] } },
        layers: [layer.id],
        tags: [name],
      });
    await add("busybox", { Cmd: ["sh"], Env: ["PATH=/bin"] });
    await add("with-volume", { Cmd: ["sh"], Env: ["PATH=/bin"], Volumes: { "/data": {} } });
  }
}

const applets =
  "sh ls cat echo id ps sleep true false env pwd hostname ip ping nslookup wget httpd touch mkdir rm mount kill head yes stty grep wc dd test trap nc tr".split(
    " ",
  );

function makeBusybox(root: string): void {
  for (const directory of ["bin", "etc", "proc", "sys", "dev", "tmp", "data", "home"]) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  for (const applet of applets) {
    symlinkSync("busybox", join(root, "bin", applet));
  }
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nlearner:x:1000:1000::/home:/bin/sh\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\nlearner:x:1000:\n");
  writeFileSync(join(root, "data/from-image"), "image\n");
  execFileSync("chown", ["-R", "1000:1000", join(root, "data")]);
}

/** Waits for what happens soon; fails when it does not. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + patience;
  while (!(await condition())) {
    if (Date.now() > end) {
      throw new Error(`has not come: ${condition.toString()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
