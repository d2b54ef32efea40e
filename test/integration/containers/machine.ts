import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalBindPins } from "#engine/containers/bind-pins.ts";
import type { NewContainer } from "#engine/containers/container.ts";
import { createTenantContainers } from "#engine/containers/tenant-containers.ts";
import type { TenantContainers } from "#engine/containers/tenant-containers.ts";
import { NotFound } from "#engine/errdefs/errors.ts";
import type { EngineEvent } from "#engine/events/events.ts";
import { LocalEventBus } from "#engine/events/local.ts";
import type { Image, ImageStore } from "#engine/images/image-store.ts";
import type { LayerID } from "#engine/layers/layer-store.ts";
import { LocalLeaseManager } from "#engine/leases/local.ts";
import { Database } from "#engine/metadata/database.ts";
import { LocalMounter, makeShared, unmountAll } from "#engine/mount/local-mounter.ts";
import { NetworkHost } from "#engine/network/network-host.ts";
import { CgroupService } from "#engine/runtime/cgroups/cgroup-service.ts";
import { CrunDriver } from "#engine/runtime/drivers/crun.ts";
import { RuncDriver } from "#engine/runtime/drivers/runc.ts";
import { RunscDriver } from "#engine/runtime/drivers/runsc.ts";
import { Keeper } from "#engine/runtime/shim/keeper.ts";
import { ShimTaskService } from "#engine/runtime/shim-task-service.ts";
import { resolveUser } from "#engine/runtime/user.ts";
import { readHostFacts } from "#engine/runtime/spec/host.ts";
import { OverlaySnapshotter } from "#engine/snapshots/overlay.ts";
import { digestOf } from "#engine/oci/digest.ts";
import type { ImageRunConfig } from "#engine/oci/types.ts";
import { LocalTenants } from "#engine/tenants/local.ts";
import type { PolicyName, Tenant, TenantPaths } from "#engine/tenants/tenant.ts";

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
  readonly directory = mkdtempSync(join(tmpdir(), "drydock-containers-"));
  readonly tenantId = `test-${randomBytes(6).toString("hex")}`;
  readonly errors: string[] = [];
  readonly events: EngineEvent[] = [];
  tenant!: Tenant;
  paths!: TenantPaths;
  engine!: TenantContainers;
  #database!: Database;
  #mounter!: LocalMounter;
  #snapshots!: OverlaySnapshotter;
  #tasks!: ShimTaskService;
  #keeper!: Keeper;
  #cgroups!: CgroupService;
  #network!: NetworkHost;
  readonly #policy: PolicyName;
  readonly #prefix = randomBytes(1).toString("hex").slice(0, 1);
  readonly #images = new Map<string, Image>();

  constructor(policy: PolicyName = "class") {
    this.#policy = policy;
  }

  /** Also after `crash`: takes up what is there. */
  async start(): Promise<void> {
    const data = join(this.directory, "data");
    const run = join(this.directory, "run");
    mkdirSync(data, { recursive: true, mode: 0o711 });
    execFileSync("chmod", ["711", this.directory]);
    makeShared(run);
    this.#database = new Database(join(data, "metadata.db"));
    const tenants = new LocalTenants({ database: this.#database, dataRoot: data, runRoot: run });
    this.tenant = tenants.find(this.tenantId) ?? (await tenants.create({ id: this.tenantId, policy: this.#policy }));
    this.paths = tenants.paths(this.tenant.id);
    const layerRoot = join(data, "snapshots");
    this.#mounter = new LocalMounter({ idMapRoot: join(run, "idmaps"), layerRoots: [layerRoot] });
    this.#snapshots = new OverlaySnapshotter({ db: this.#database, dir: layerRoot });
    this.#cgroups = new CgroupService();
    this.#cgroups.ensureParent(this.tenant);
    this.#keeper = new Keeper(join(run, "keeper"), this.#cgroups.hierarchy.unified);
    this.#tasks = new ShimTaskService({
      runDir: run,
      keeper: this.#keeper,
      cgroups: this.#cgroups,
      drivers: { crun: new CrunDriver(), runc: new RuncDriver(), runsc: new RunscDriver(join(run, "runsc")) },
      capabilities: readHostFacts().capabilities,
    });
    await this.#tasks.start();
    this.#network = new NetworkHost({
      database: this.#database,
      table: `drydock-test-${this.tenantId}`,
      bridgePrefix: `dt${this.#prefix}`,
      vethPrefix: `dv${this.#prefix}`,
    });
    await this.#network.start();
    await this.#makeImage();
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
      images: this.#imageStore(),
      snapshots: this.#snapshots,
      leases: new LocalLeaseManager(this.#database),
      mounter: this.#mounter,
      pins: new LocalBindPins(),
      tasks: this.#tasks,
      networks: this.#network.service(this.tenant),
      host: readHostFacts(),
      resolveUser,
      resolvers: () => this.#network.resolvers.get(),
      defaultRuntime: "crun",
      report: (what, error) => this.errors.push(`${what}: ${String(error)}`),
    });
    await this.engine.restore();
  }

  /** Lets go of everything as a killed drydockd does: containers go on. */
  async crash(): Promise<void> {
    await this.#tasks.close();
    this.#database.close();
  }

  /** Removes all that was made. */
  async dispose(): Promise<void> {
    for (const container of this.engine.containers.list()) {
      await this.engine.containers.remove(container.id, { force: true, volumes: true });
    }
    await this.engine.volumes.destroy();
    await this.#tasks.releaseTenant(this.tenant.id);
    await this.#tasks.close();
    await this.#keeper.stop();
    await this.#network.service(this.tenant).clear();
    await this.#network.shutdown();
    this.#cgroups.remove(this.tenant.cgroupParent);
    await this.#mounter.close();
    this.#database.close();
    unmountAll(join(this.directory, "run"));
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** A container of busybox; `overrides` over the defaults of `docker run busybox`. */
  request(
    cmd: string[],
    overrides: {
      name?: string;
      config?: Partial<NewContainer["config"]>;
      host?: Partial<NewContainer["host"]>;
      networks?: NewContainer["networks"];
    } = {},
  ): NewContainer {
    return newContainer(cmd, overrides);
  }

  async run(cmd: string[], overrides: Parameters<Machine["request"]>[1] = {}): Promise<string> {
    const { container } = await this.engine.containers.create(this.request(cmd, overrides));
    await this.engine.containers.start(container.id);
    return container.id;
  }

  /** What the container wrote, when it has ended. */
  async ended(id: string): Promise<{ exitCode: number }> {
    return this.engine.containers.wait(id, "not-running", AbortSignal.timeout(20_000));
  }

  async #makeImage(): Promise<void> {
    const name = "busybox-layer";
    const layer = name as LayerID;
    if (!this.#snapshots.list().some((snapshot) => snapshot.key === name)) {
      await this.#snapshots.prepare("busybox-active", undefined);
      const target = join(this.directory, "run", "image");
      await this.#mounter.mount(this.#snapshots.mounts("busybox-active"), target);
      makeBusybox(target);
      await this.#mounter.unmount(target);
      await this.#snapshots.commit(name, "busybox-active");
    }
    this.addImage("busybox", layer, { Cmd: ["sh"], Env: ["PATH=/bin"] });
    this.addImage("with-volume", layer, { Cmd: ["sh"], Env: ["PATH=/bin"], Volumes: { "/data": {} } });
  }

  addImage(name: string, layer: LayerID, config: ImageRunConfig): void {
    this.#images.set(name, {
      id: digestOf(name),
      config: { architecture: "amd64", os: "linux", config, rootfs: { type: "layers", diff_ids: [] } },
      layers: [layer],
      tags: [`${name}:latest`],
      repoDigests: [],
      size: 1,
      taggedAt: 0,
      standIn: true,
    });
  }

  #imageStore(): ImageStore {
    const find = (reference: string) => this.#images.get(reference.replace(/:latest$/, ""));
    const get = (reference: string) => {
      const image = find(reference);
      if (image === undefined) {
        throw new NotFound(`No such image: ${reference}`);
      }
      return image;
    };
    const unused = () => {
      throw new Error("not used here");
    };
    return {
      list: () => [...this.#images.values()],
      get,
      find,
      create: unused,
      tag: unused,
      remove: unused,
    } as unknown as ImageStore;
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

export function newContainer(cmd: string[], overrides: Parameters<Machine["request"]>[1] = {}): NewContainer {
  return {
    name: overrides.name,
    config: {
      hostname: "",
      domainname: "",
      user: "",
      env: [],
      cmd,
      entrypoint: [],
      workingDir: "",
      labels: {},
      tty: false,
      openStdin: false,
      stdinOnce: false,
      attachStdin: false,
      attachStdout: true,
      attachStderr: true,
      exposedPorts: [],
      volumes: [],
      stopSignal: "",
      stopTimeout: undefined,
      healthcheck: undefined,
      shell: undefined,
      networkDisabled: false,
      image: "busybox",
      ...overrides.config,
    },
    host: {
      memory: 0,
      memoryReservation: 0,
      memorySwap: 0,
      memorySwappiness: undefined,
      oomKillDisable: false,
      oomScoreAdj: 0,
      nanoCpus: 0,
      cpuShares: 0,
      cpuPeriod: 0,
      cpuQuota: 0,
      cpusetCpus: "",
      cpusetMems: "",
      pidsLimit: 0,
      blkioWeight: 0,
      ulimits: [],
      mounts: [],
      binds: [],
      volumesFrom: [],
      tmpfs: {},
      portBindings: [],
      publishAllPorts: false,
      networkMode: "default",
      dns: [],
      dnsSearch: [],
      dnsOptions: [],
      extraHosts: [],
      links: [],
      autoRemove: false,
      restartPolicy: { name: "no", maximumRetryCount: 0 },
      privileged: false,
      readonlyRootfs: false,
      capAdd: [],
      capDrop: [],
      groupAdd: [],
      securityOpt: [],
      pidMode: "",
      ipcMode: "",
      utsMode: "",
      usernsMode: "",
      cgroupnsMode: "",
      cgroupParent: "",
      sysctls: {},
      devices: [],
      shmSize: 0,
      init: false,
      logDriver: "",
      logOptions: {},
      runtime: "",
      annotations: {},
      ...overrides.host,
    },
    networks: overrides.networks ?? {},
  };
}
