import { createHash, randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { Readable } from "node:stream";
import type { AttachedStreams, Exec, ExecStart, NewExec } from "../../server/engine/containers/container-service.ts";
import type { BuildCacheRecord } from "../../server/engine/builder/cache/cache-admin.ts";
import type { Container, HostOptions, NewContainer } from "../../server/engine/containers/container.ts";
import { AlreadyExists, Conflict, NotFound, NotModified, Unauthenticated } from "../../server/engine/errdefs/errors.ts";
import { LocalEventBus } from "../../server/engine/events/local.ts";
import type { Image } from "../../server/engine/images/image-store.ts";
import type { Endpoint, Network } from "../../server/engine/network/network-service.ts";
import { digestOf } from "../../server/engine/oci/digest.ts";
import type { TenantEngine } from "../../server/engine/tenant-engine.ts";
import { policies } from "../../server/engine/tenants/policy.ts";
import type { TenantId } from "../../server/engine/tenants/tenant.ts";
import type { Volume } from "../../server/engine/volumes/volume-service.ts";

/**
 * A tenant's engine in memory: enough of each service's behaviour to try the daemon against. Containers run nothing:
 * what is written to a process comes back as its stdout.
 */
export class Twin {
  readonly containers = new Map<string, Container>();
  readonly images = new Map<string, Image>();
  readonly networks = new Map<string, Network>();
  readonly volumes = new Map<string, Volume>();
  readonly execs = new Map<string, Exec>();
  readonly events = new LocalEventBus();
  readonly exits = new EventEmitter().setMaxListeners(0);
  readonly engine: TenantEngine;
  /** what was last asked of the service, for assertions on the translation */
  lastCreate: NewContainer | undefined;
  readonly asked: { stop?: object; restart?: object; update?: Partial<HostOptions> } = {};
  readonly endpoints: Endpoint[] = [];
  readonly cacheRecords: BuildCacheRecord[] = [];

  constructor(name: string) {
    this.engine = {
      tenant: {
        rules: policies.open,
        id: name as TenantId,
        policy: "public",
        limits: {},
        idMap: { hostBase: 100_000, size: 65_536 },
        cgroupParent: `/drydock/${name}`,
        createdAt: 0,
      },
      paths: { state: `/none/${name}`, workspace: `/none/${name}/workspace`, socketDir: `/none/run/${name}` },
      ...this.#containerParts(),
      ...this.#objectParts(),
    } as unknown as TenantEngine;
  }

  addImage(name: string): Image {
    const id = digestOf(randomBytes(8));
    const image: Image = {
      id,
      config: { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] }, history: [] },
      layers: [],
      tags: [name],
      repoDigests: [],
      size: 7,
      taggedAt: 1,
      lastTag: 0,
      standIn: false,
    };
    this.images.set(id, image);
    return image;
  }

  find(name: string): Container {
    const bare = name.replace(/^\//, "");
    const found = [...this.containers.values()].find(
      (container) => container.name === bare || (bare.length > 3 && container.id.startsWith(bare)),
    );
    if (found === undefined) {
      throw new NotFound(`No such container: ${name}`);
    }
    return found;
  }

  #image(reference: string): Image | undefined {
    return [...this.images.values()].find(
      ({ id, tags }) => id === reference || tags.includes(reference) || tags.includes(`${reference}:latest`),
    );
  }

  #containerParts() {
    const find = (name: string) => this.find(name);
    const settle = (name: string, change: Partial<Container>) => Object.assign(find(name), change);
    return {
      containers: {
        create: (request: NewContainer) => Promise.resolve({ container: this.#create(request), warnings: [] }),
        get: find,
        list: () => [...this.containers.values()],
        start: async (name: string) => {
          if (find(name).pid !== 0) throw new NotModified(`container ${name} runs already`);
          settle(name, { status: "running", pid: 4_000_000, startedAt: Date.now() });
        },
        stop: async (name: string, options: object) => {
          this.asked.stop = options;
          this.exit(name, 0);
        },
        kill: async (name: string) => this.exit(name, 137),
        restart: async (name: string, options: object) => {
          find(name);
          this.asked.restart = options;
        },
        pause: async (name: string) => void settle(name, { status: "paused" }),
        unpause: async (name: string) => void settle(name, { status: "running" }),
        rename: async (name: string, to: string) => void settle(name, { name: to }),
        update: async (name: string, changes: Partial<HostOptions>) => {
          find(name);
          this.asked.update = changes;
          return { warnings: [] };
        },
        wait: async (name: string, _condition: string, signal: AbortSignal) => {
          const { id } = find(name);
          const [exitCode] = (await once(this.exits, id, { signal })) as [number];
          return { exitCode };
        },
        remove: async (name: string, { force }: { force: boolean }) => {
          const container = find(name);
          if (container.pid !== 0 && !force) throw new Conflict(`container ${name} is running`);
          this.containers.delete(container.id);
        },
        connect: async (name: string) => void find(name),
        disconnect: async (name: string) => void find(name),
        restore: async () => {},
      },
      streams: {
        attach: (name: string, { signal }: { signal: AbortSignal }) =>
          Promise.resolve(echo(find(name).config.tty, signal)),
        async *logs(name: string) {
          find(name);
          yield { stream: "stdout", timeNano: 1_700_000_000_000_000_001n, line: Buffer.from("one\n") };
          yield { stream: "stderr", timeNano: 1_700_000_000_000_000_002n, line: Buffer.from("two\n") };
        },
        stats: async (name: string) => ({
          readAt: find(name).createdAt,
          metrics: undefined,
          systemCpuNs: 0,
          onlineCpus: 1,
          networks: {},
        }),
        resize: async (name: string) => void find(name),
        top: async (name: string) => ({ titles: ["PID", "CMD"], processes: [[String(find(name).pid), "sh"]] }),
        async *output(name: string) {
          yield { offset: 0, stream: "stdout", time: 1, text: find(name).name };
        },
      },
      files: {
        stat: async (name: string, path: string) => ({
          name: find(name).name + path,
          size: 1,
          mode: 0o644,
          mtime: 0,
          linkTarget: "",
        }),
        read: async (name: string) => ({ stat: find(name), tar: Readable.from([name]) }),
        write: async (name: string) => void find(name),
        export: async (name: string) => Readable.from([find(name).name]),
        changes: async (name: string) => [{ path: `/${find(name).name}`, kind: "added" }],
        commit: async (name: string) => digestOf(find(name).id),
      },
      execs: {
        create: (name: string, exec: NewExec) => {
          const id = randomBytes(32).toString("hex");
          const created = { ...exec, id, containerId: find(name).id, running: false, exitCode: undefined, pid: 0 };
          this.execs.set(id, created);
          return created;
        },
        get: (id: string) => this.#exec(id),
        start: async (id: string, { detach, signal, size }: ExecStart) => {
          const exec = Object.assign(this.#exec(id), { exitCode: 0 }, size === undefined ? {} : { size });
          if (exec.cmd[0] === "missing") throw new NotFound('exec: "missing": executable file not found in $PATH');
          return detach ? undefined : echo(exec.tty, signal ?? new AbortController().signal);
        },
        resize: async (id: string) => void this.#exec(id),
      },
      terminals: { list: () => [] },
    };
  }

  #objectParts() {
    return {
      events: this.events,
      images: {
        list: () => [...this.images.values()],
        find: (name: string) => this.#image(name),
        get: (name: string) => found(this.#image(name), `No such image: ${name}`),
        tag: (name: string, to: string) => void found(this.#image(name), `No such image: ${name}`).tags.push(to),
        remove: (name: string) => {
          const image = found(this.#image(name), `No such image: ${name}`);
          this.images.delete(image.id);
          return { untagged: image.tags, deleted: [image.id] };
        },
      },
      transfer: {
        pull: async (name: string, { onProgress }: { onProgress: (line: object) => void }) => {
          if (name.startsWith("missing")) throw new NotFound(`pull access denied for ${name}`);
          onProgress({ id: "latest", status: "Pulling" });
          onProgress({ id: "0123456789ab", status: "Downloading", current: 5, total: 10 });
          if (name.startsWith("broken")) throw new NotFound(`layer of ${name} is gone`);
          return this.addImage(name);
        },
        login: async (domain: string, { password }: { password?: string }) => {
          if (password !== "secret") throw new Unauthenticated(`${domain}: unauthorized`);
        },
        inspect: async (name: string) => Promise.reject(new NotFound(`manifest for ${name} not found`)),
        push: async (name: string) => found(this.#image(name), `No such image: ${name}`),
      },
      networks: {
        drivers: () => ["bridge", "host", "null"],
        create: async (network: Partial<Network>) => {
          if ([...this.networks.values()].some(({ name }) => name === network.name)) {
            throw new AlreadyExists(`network with name ${network.name ?? ""} already exists`);
          }
          const id = randomBytes(32).toString("hex");
          const created = { driver: "bridge", ipam: [], labels: {}, options: {}, createdAt: 1, ...network, id };
          this.networks.set(id, created as unknown as Network);
          return created;
        },
        get: (name: string) =>
          found(
            [...this.networks.values()].find((network) => network.name === name || network.id === name),
            `network ${name} not found`,
          ),
        list: () => [...this.networks.values()],
        remove: async (id: string) => {
          if (!this.networks.delete(id)) throw new NotFound(`network ${id} not found`);
        },
        endpoints: (of: { networkId?: string; sandboxId?: string } = {}) =>
          this.endpoints.filter(
            ({ networkId, sandboxId }) =>
              [networkId, undefined].includes(of.networkId) && [sandboxId, undefined].includes(of.sandboxId),
          ),
      },
      volumes: {
        drivers: () => ["local"],
        create: async (request: Partial<Volume>) => {
          const name = request.name ?? randomBytes(32).toString("hex");
          const made = { driver: "local", mountpoint: `/v/${name}`, createdAt: 1, ...request, name, anonymous: false };
          const volume: Volume = { labels: {}, options: {}, ...made };
          this.volumes.set(name, volume);
          return volume;
        },
        get: (name: string) => found(this.volumes.get(name), `get ${name}: no such volume`),
        list: () => [...this.volumes.values()],
        listAll: async () => ({ volumes: [...this.volumes.values()], warnings: [] }),
        remove: async (name: string) => {
          if (!this.volumes.delete(name)) throw new NotFound(`get ${name}: no such volume`);
        },
        usage: () => Promise.resolve(3),
        inspect: async (name: string) => found(this.volumes.get(name), `get ${name}: no such volume`),
        prune: async (name: string) => (this.volumes.delete(name) ? 3 : 0),
        users: () => [],
      },
      builder: {
        cacheDirectory: () => undefined,
        cache: { list: () => this.cacheRecords, prune: () => Promise.resolve({ ids: [], bytes: 0 }) },
        records: {
          list: () => [],
          get: (id: string) => {
            throw new NotFound(`there is no record of build ${id}`);
          },
          ofImage: (id: string) => {
            throw new NotFound(`there is no record of image ${id}`);
          },
        },
      },
    };
  }

  /** As if the container's process had ended. */
  exit(name: string, exitCode: number): void {
    const container = this.find(name);
    if (container.pid === 0) throw new NotModified(`container ${name} does not run`);
    Object.assign(container, { status: "exited", pid: 0, exitCode, finishedAt: Date.now() });
    this.exits.emit(container.id, exitCode);
  }

  #exec(id: string): Exec {
    return found(this.execs.get(id), `No such exec instance: ${id}`);
  }

  #create(request: NewContainer): Container {
    this.lastCreate = request;
    const image = found(this.#image(request.config.image), `No such image: ${request.config.image}`);
    const id = createHash("sha256").update(randomBytes(8)).digest("hex");
    const container: Container = {
      id,
      name: request.name ?? `twin_${id.slice(0, 6)}`,
      createdAt: Date.now(),
      imageId: image.id,
      config: request.config,
      host: request.host,
      status: "created",
      pid: 0,
      exitCode: 0,
      error: "",
      oomKilled: false,
      startedAt: undefined,
      finishedAt: undefined,
      restartCount: 0,
      health: undefined,
      stoppedByUser: false,
      snapshotKey: id,
      topLayer: undefined,
      mounts: [],
      networks: request.networks,
      ports: [],
      execIds: [],
    };
    this.containers.set(id, container);
    return container;
  }
}

function found<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw new NotFound(message);
  return value;
}

/** A process that says what it hears, and ends when its stdin does. */
function echo(tty: boolean, signal: AbortSignal): AttachedStreams {
  const queue: (Buffer | undefined)[] = [];
  const news = new EventEmitter();
  const push = (chunk: Buffer | undefined) => {
    queue.push(chunk);
    news.emit("news");
  };
  signal.addEventListener("abort", () => push(undefined));
  const output = async function* () {
    for (;;) {
      while (queue.length === 0) await once(news, "news");
      const chunk = queue.shift();
      if (chunk === undefined) return;
      yield { stream: "stdout" as const, chunk };
    }
  };
  return {
    tty,
    stdin: {
      write: (chunk) => {
        push(Buffer.from(chunk));
        return Promise.resolve();
      },
      end: () => push(undefined),
    },
    output: output(),
  };
}
