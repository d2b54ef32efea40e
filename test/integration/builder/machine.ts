import { execFileSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { NewBuildEvent } from "#contract/build-events.ts";
import type { BuildRequest } from "#engine/builder/builder.ts";
import { LocalBuilder } from "#engine/builder/local-builder.ts";
import { CacheExchange } from "#engine/builder/portable/cache-exchange.ts";
import { FileDigests } from "#engine/builder/ops/file-digests.ts";
import { LocalContentStore } from "#engine/content/local.ts";
import { Differ } from "#engine/diff/differ.ts";
import { NotFound, Unavailable } from "#engine/errdefs/errors.ts";
import { LocalImageStore } from "#engine/images/local.ts";
import type { Image } from "#engine/images/image-store.ts";
import type { LayerID } from "#engine/layers/layer-store.ts";
import { LocalLayerBlobs } from "#engine/layers/blobs.ts";
import { LocalLayerStore } from "#engine/layers/local.ts";
import { LocalLeaseManager } from "#engine/leases/local.ts";
import { Database } from "#engine/metadata/database.ts";
import { LocalMounter, makeShared, unmountAll } from "#engine/mount/local-mounter.ts";
import { mountPointsBeneath } from "#engine/mount/mount-table.ts";
import { NetworkHost } from "#engine/network/network-host.ts";
import type { NetworkService } from "#engine/network/network-service.ts";
import type { ImageConfig } from "#engine/oci/types.ts";
import { Fetcher } from "#engine/remotes/fetcher.ts";
import { HttpClient } from "#engine/remotes/http-client.ts";
import { LayerCompressor } from "#engine/remotes/layer-compressor.ts";
import { LayerInstaller } from "#engine/remotes/layer-installer.ts";
import { RegistryArtifacts } from "#engine/remotes/registry-artifacts.ts";
import { Registries } from "#engine/remotes/registry-client.ts";
import { CgroupService } from "#engine/runtime/cgroups/cgroup-service.ts";
import type { RuntimeDriver } from "../../../server/engine/runtime/drivers/driver.ts";
import { CrunDriver } from "#engine/runtime/drivers/crun.ts";
import { RuncDriver } from "#engine/runtime/drivers/runc.ts";
import { RunscDriver } from "#engine/runtime/drivers/runsc.ts";
import { Keeper } from "#engine/runtime/link/keeper.ts";
import { SupervisedTaskService } from "#engine/runtime/supervised-task-service.ts";
import { defaultSpec } from "#engine/runtime/spec/default-spec.ts";
import { readHostFacts } from "#engine/runtime/spec/host.ts";
import { TaskExecutor } from "#engine/runtime/task-executor.ts";
import { resolveUser } from "#engine/runtime/user.ts";
import { OverlaySnapshotter } from "#engine/snapshots/overlay.ts";
import { LocalTenants } from "#engine/tenants/local.ts";
import type { Tenant } from "#engine/tenants/tenant.ts";
import { claimName } from "../../suites/claimed-name.ts";
import { noteNames, ownedDirectory } from "../../suites/owned-directory.ts";

/** Why these tests cannot run here; undefined if they can. */
export function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) {
    return "builds need root";
  }
  return existsSync("/bin/busybox") ? undefined : "the package busybox-static is not installed";
}

/** A builder on the real storage, runtime and network, in directories, cgroups and tables of its own. */
export class Machine {
  readonly directory = ownedDirectory("drydock-builder-");
  readonly tenantId = `test-${randomBytes(6).toString("hex")}`;
  tenant!: Tenant;
  builder!: LocalBuilder;
  images!: LocalImageStore;
  layers!: LocalLayerStore;
  snapshots!: OverlaySnapshotter;
  mounter!: LocalMounter;
  content!: LocalContentStore;
  compressor!: LayerCompressor;
  artifacts!: RegistryArtifacts;
  caches!: CacheExchange;
  readonly #client = new HttpClient();
  #database!: Database;
  #tasks!: SupervisedTaskService;
  #keeper!: Keeper;
  #cgroups!: CgroupService;
  #network!: NetworkHost;
  readonly #name = claimName();

  async start(): Promise<this> {
    const data = path.join(this.directory, "data");
    const run = path.join(this.directory, "run");
    mkdirSync(data, { recursive: true, mode: 0o711 });
    execFileSync("chmod", ["711", this.directory]);
    const devices = [`bt${this.#name}`, `bv${this.#name}`];
    noteNames(this.directory, { cgroup: `/drydock/${this.tenantId}`, table: `ddbuild-${this.tenantId}`, devices });
    makeShared(run);
    this.#database = new Database(path.join(data, "metadata.db"));
    const tenants = new LocalTenants({ database: this.#database, dataRoot: data, runRoot: run });
    this.tenant = await tenants.create({ id: this.tenantId, policy: "class" });
    const layerRoot = path.join(data, "snapshots");
    this.mounter = new LocalMounter({ idMapRoot: path.join(run, "idmaps"), layerRoots: [layerRoot] });
    this.snapshots = new OverlaySnapshotter({ db: this.#database, dir: layerRoot, volatile: true });
    this.#cgroups = new CgroupService();
    this.#cgroups.ensureParent(this.tenant);
    this.#keeper = new Keeper(path.join(run, "keeper"), this.#cgroups.hierarchy.unified);
    this.#tasks = new SupervisedTaskService({
      runDir: run,
      keeper: this.#keeper,
      cgroups: this.#cgroups,
      drivers: new Map<string, RuntimeDriver>([
        ["crun", new CrunDriver()],
        ["runc", new RuncDriver()],
        ["runsc", new RunscDriver(path.join(run, "runsc"))],
      ]),
      capabilities: readHostFacts().capabilities,
    });
    await this.#tasks.start();
    this.#network = new NetworkHost({
      database: this.#database,
      table: `ddbuild-${this.tenantId}`,
      bridgePrefix: `bt${this.#name}`,
      vethPrefix: `bv${this.#name}`,
    });
    await this.#network.start();
    this.#makeStores(data);
    this.reopen();
    return this;
  }

  /** of the tenant: for what is to be reached from a step */
  get networks(): NetworkService {
    return this.#network.service(this.tenant);
  }

  /** A new builder on what the last one left, as after a restart. */
  reopen(): void {
    this.#makeBuilder(path.join(this.directory, "data"), path.join(this.directory, "run"));
  }

  #makeStores(data: string): void {
    const content = new LocalContentStore(path.join(data, "content"));
    this.content = content;
    const leases = new LocalLeaseManager(this.#database);
    const blobs = new LocalLayerBlobs(this.#database);
    this.layers = new LocalLayerStore({
      db: this.#database,
      dir: path.join(data, "layers"),
      snapshotter: this.snapshots,
      differ: new Differ(this.snapshots),
      content,
      blobs,
    });
    this.images = new LocalImageStore({
      tenant: this.tenant.id,
      database: this.#database,
      content,
      layers: this.layers,
      leases,
      usedBy: () => [],
    });
    const installer = new LayerInstaller(this.layers, blobs);
    this.compressor = new LayerCompressor(content, this.layers, blobs);
    const registries = new Registries(this.#client);
    const fetcher = new Fetcher(content, 1);
    this.artifacts = new RegistryArtifacts({ registries, fetcher, content, reach: { privateNetworks: true } });
    this.caches = new CacheExchange({
      artifacts: this.artifacts,
      content,
      images: this.images,
      layers: this.layers,
      installer,
      compressor: this.compressor,
    });
  }

  #makeBuilder(data: string, run: string): void {
    const host = readHostFacts();
    this.builder = new LocalBuilder({
      tenant: this.tenant,
      database: this.#database,
      images: this.images,
      transfer: {
        pull: async (reference) => {
          throw new Unavailable(`no registry is reached from this test (${reference})`);
        },
        push: async () => {
          throw new Unavailable("no registry is reached from this test");
        },
      },
      layers: this.layers,
      snapshots: this.snapshots,
      mounter: this.mounter,
      leases: new LocalLeaseManager(this.#database),
      executor: new TaskExecutor({ tasks: this.#tasks }),
      runtime: "crun",
      spec: (options) => defaultSpec(options, host),
      networks: this.#network.service(this.tenant),
      resolvers: () => this.#network.resolvers.get(),
      users: resolveUser,
      containerPid: (name) => {
        throw new NotFound(`No such container: ${name}`);
      },
      digests: new FileDigests(this.#database),
      stateDir: path.join(data, "builder"),
      runDir: path.join(run, "builder"),
      caches: this.caches,
    });
  }

  /** An image `busybox:latest` of the machine's own busybox. */
  async addBusybox(runConfig: ImageConfig["config"] = { Cmd: ["sh"], Env: ["PATH=/bin"] }): Promise<Image> {
    await this.snapshots.prepare("busybox", undefined);
    const target = path.join(this.directory, "run", "image");
    await this.mounter.mount(this.snapshots.mounts("busybox"), target);
    makeBusybox(target);
    await this.mounter.unmount(target);
    const layer = await this.layers.commit("busybox");
    const config: ImageConfig = {
      created: "2026-01-01T00:00:00Z",
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: runConfig,
      rootfs: { type: "layers", diff_ids: [] },
      history: [{ created: "2026-01-01T00:00:00Z", created_by: "test" }],
    };
    return this.images.create({ config, layers: [layer.id], tags: ["busybox:latest"] });
  }

  /** Another machine's image, bit for bit. */
  async addCopy(other: Machine, { config, layers, tags }: Image): Promise<Image> {
    const copied: LayerID[] = [];
    for (const layer of layers) {
      const { id } = await this.layers.apply(await other.layers.openTar(layer), { parent: copied.at(-1) });
      copied.push(id);
    }
    return this.images.create({ config, layers: copied, tags });
  }

  /** Builds a Dockerfile in a context with these files. */
  async build(
    dockerfile: string,
    files: Record<string, string> = {},
    more: Partial<BuildRequest> = {},
  ): Promise<BuildOutcome> {
    return this.buildIn(this.context({ Dockerfile: dockerfile, ...files }), more);
  }

  /** A new directory with these files. */
  context(files: Record<string, string>): string {
    const root = path.join(this.directory, `context-${randomUUID()}`);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), content);
    }
    return root;
  }

  async buildIn(root: string, more: Partial<BuildRequest> = {}): Promise<BuildOutcome> {
    const events: NewBuildEvent[] = [];
    const { imageId } = await this.builder
      .build({
        id: randomUUID(),
        context: { root, hostBase: 0, dispose: async () => {} },
        dockerfile: { path: "Dockerfile" },
        tags: [],
        buildArgs: {},
        labels: {},
        noCache: false,
        pull: false,
        extraHosts: [],
        signal: new AbortController().signal,
        onEvent: (event) => events.push(event),
        ...more,
      })
      .catch((error: unknown) => {
        throw Object.assign(error as Error, { events });
      });
    return { image: this.images.get(imageId), events };
  }

  /** Gives `body` an image's root file system, mounted. */
  async inspect<T>(image: Image, body: (directory: string) => T): Promise<T> {
    const key = `inspect-${randomUUID()}`;
    await this.snapshots.prepare(key, image.layers.at(-1), "view");
    const target = path.join(this.directory, "run", key);
    await this.mounter.mount(this.snapshots.mounts(key), target);
    try {
      return body(target);
    } finally {
      await this.mounter.unmount(target);
      await this.snapshots.remove(key);
    }
  }

  async dispose(): Promise<void> {
    await this.#tasks.release();
    await this.#tasks.close();
    await this.#keeper.stop();
    await this.#network.service(this.tenant).clear();
    await this.#network.shutdown({ remove: true });
    await this.#cgroups.killAndRemove(this.tenant.cgroupParent);
    await this.layers.close();
    await this.snapshots.idle();
    await this.mounter.close();
    this.#client.close();
    this.#database.close();
    mountPointsBeneath(this.directory).forEach(unmountAll);
    unmountAll(path.join(this.directory, "run"));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface BuildOutcome {
  image: Image;
  events: NewBuildEvent[];
}

const applets =
  "sh ls cat echo id ip nslookup ps sleep true false env pwd hostname touch mkdir rm mv mount head yes grep wc dd test chmod chown stat ln seq find sort printf date cp mkfifo mknod".split(
    " ",
  );

function makeBusybox(root: string): void {
  for (const name of ["bin", "etc", "tmp", "home/app", "root"]) {
    mkdirSync(path.join(root, name), { recursive: true });
  }
  execFileSync("chmod", ["1777", path.join(root, "tmp")]);
  copyFileSync("/bin/busybox", path.join(root, "bin/busybox"));
  for (const applet of applets) {
    symlinkSync("busybox", path.join(root, "bin", applet));
  }
  writeFileSync(path.join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n");
  writeFileSync(path.join(root, "etc/group"), "root:x:0:\napp:x:1000:\n");
}
