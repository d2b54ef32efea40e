import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { NewBuildEvent } from "#contract/build-events.ts";
import type { BuildRequest } from "#engine/builder/builder.ts";
import { LocalBuilder } from "#engine/builder/local-builder.ts";
import { CacheExchange } from "#engine/builder/portable/cache-exchange.ts";
import { FileDigests } from "#engine/builder/ops/file-digests.ts";
import { NotFound, Unavailable } from "#engine/errdefs/errors.ts";
import type { Image } from "#engine/images/image-store.ts";
import type { LayerID } from "#engine/layers/layer-store.ts";
import type { ImageConfig } from "#engine/oci/types.ts";
import { Fetcher } from "#engine/remotes/fetcher.ts";
import { HttpClient } from "#engine/remotes/http-client.ts";
import { LayerCompressor } from "#engine/remotes/layer-compressor.ts";
import { LayerInstaller } from "#engine/remotes/layer-installer.ts";
import { RegistryArtifacts } from "#engine/remotes/registry-artifacts.ts";
import { Registries } from "#engine/remotes/registry-client.ts";
import { defaultSpec } from "#engine/runtime/spec/default-spec.ts";
import { TaskExecutor } from "#engine/runtime/task-executor.ts";
import { resolveUser } from "#engine/runtime/user.ts";
import type { Storage } from "#engine/storage.ts";
import { anyAddress, publicAddressesOnly } from "#engine/network/address-rule.ts";
import { HttpUrlSource } from "#engine/remotes/url-source.ts";
import { EngineFloor, whyNot, writeBusybox } from "../../suites/engine-floor.ts";

export { whyNot };

/** A builder on the real storage, runtime and network. */
export class Machine extends EngineFloor {
  builder!: LocalBuilder;
  compressor!: LayerCompressor;
  artifacts!: RegistryArtifacts;
  caches!: CacheExchange;
  readonly #client = new HttpClient();

  constructor() {
    super("drydock-builder-");
  }

  async start(): Promise<this> {
    await this.open();
    const { content, layers, blobs } = this.storage;
    this.compressor = new LayerCompressor(content, layers, blobs.made);
    const registries = new Registries(this.#client);
    const fetcher = new Fetcher(content, 1);
    this.artifacts = new RegistryArtifacts({ registries, fetcher, content, reach: { addresses: anyAddress } });
    this.caches = new CacheExchange({
      artifacts: this.artifacts,
      content,
      images: this.images,
      layers,
      blobs: blobs.made,
      installer: new LayerInstaller(layers),
      compressor: this.compressor,
    });
    this.reopen();
    return this;
  }

  get layers(): Storage["layers"] {
    return this.storage.layers;
  }

  get snapshots(): Storage["snapshots"] {
    return this.storage.snapshots;
  }

  get mounter(): Storage["mounter"] {
    return this.storage.mounter;
  }

  get content(): Storage["content"] {
    return this.storage.content;
  }

  /** A new builder on what the last one left, as after a restart. */
  reopen(): void {
    const { layers, leases, snapshots, mounter } = this.storage;
    this.builder = new LocalBuilder({
      tenant: this.tenant,
      database: this.database,
      images: this.images,
      transfer: {
        pull: async (reference) => {
          throw new Unavailable(`no registry is reached from this test (${reference})`);
        },
        push: async () => {
          throw new Unavailable("no registry is reached from this test");
        },
      },
      layers,
      snapshots,
      mounter,
      leases,
      executor: new TaskExecutor({ tasks: this.tasks }),
      runtime: () => "crun",
      spec: (options) => defaultSpec(options, this.host),
      networks: this.networks,
      resolvers: () => this.network.resolvers.get(),
      users: resolveUser,
      urls: new HttpUrlSource(this.#client, () => publicAddressesOnly),
      container: (name) => {
        throw new NotFound(`No such container: ${name}`);
      },
      digests: new FileDigests(this.database),
      stateDir: path.join(this.dataDirectory, "builder"),
      runDir: path.join(this.runDirectory, "builder"),
      caches: this.caches,
    });
  }

  /** An image `busybox:latest` of the machine's own busybox. */
  async addBusybox(runConfig: ImageConfig["config"] = { Cmd: ["sh"], Env: ["PATH=/bin"] }): Promise<Image> {
    const layer = await this.makeLayer(makeBusybox);
    const config: ImageConfig = {
      created: "2026-01-01T00:00:00Z",
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: runConfig,
      rootfs: { type: "layers", diff_ids: [] },
      history: [{ created: "2026-01-01T00:00:00Z", created_by: "test" }],
    };
    return this.images.create({ config, layers: [layer], tags: ["busybox:latest"] });
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

  override async dispose(): Promise<void> {
    this.#client.close();
    await super.dispose();
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
  writeBusybox(root, ["etc", "tmp", "home/app", "root"], applets);
  execFileSync("chmod", ["1777", path.join(root, "tmp")]);
  writeFileSync(path.join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n");
  writeFileSync(path.join(root, "etc/group"), "root:x:0:\napp:x:1000:\n");
}
