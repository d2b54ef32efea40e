import { writeFileSync, chmodSync, chownSync } from "node:fs";
import path from "node:path";
import { InvalidArgument } from "../../errdefs/errors.ts";
import type { IdMap } from "../../mount/mount.ts";
import { literally } from "../glob.ts";
import { SafeRoot } from "../../mount/safe-path.ts";
import type { RuntimeMount } from "../../runtime/runtime-spec.ts";
import { withAgentSocket } from "./agent-socket.ts";
import type { BuildWork } from "./build-work.ts";
import { type CacheMounts, type CacheSeed, cacheSeedId } from "./cache-mounts.ts";
import type { ExecMount, ExecSettings, SecretMount, SshMount } from "./exec-definition.ts";
import type { LayerResult, BuildResult } from "./result.ts";
import { SecretMissing } from "./run-failed.ts";
import { selectFiles } from "./selection.ts";
import { TreeWriter } from "./tree-writer.ts";

export interface PreparedMounts {
  mounts: RuntimeMount[];
  /** `NAME=value`, of this run alone */
  env: string[];
}

type CacheMount = ExecMount & { type: "cache" };
type Next = (made: RuntimeMount | undefined, env?: string[]) => Promise<void>;

/** What RUN's `--mount` asks for, made ready for the runtime. */
export class ExecMounts {
  readonly #inputs: readonly BuildResult[];
  readonly #work: BuildWork;
  readonly #caches: CacheMounts;
  readonly #settings: Pick<ExecSettings, "secrets" | "renewed">;
  readonly #idMap: IdMap;
  /** caches that this step has, and where: a locked one is not waited for twice */
  readonly #held = new Map<string, string>();

  constructor(
    inputs: readonly BuildResult[],
    work: BuildWork,
    caches: CacheMounts,
    settings: Pick<ExecSettings, "secrets" | "renewed">,
  ) {
    this.#inputs = inputs;
    this.#work = work;
    this.#caches = caches;
    this.#settings = settings;
    this.#idMap = work.tenant.idMap;
  }

  /**
   * Sets up the mounts one within the other, so that each is taken down in turn whatever happens.
   * @throws SecretMissing
   */
  async use(
    mounts: readonly ExecMount[],
    signal: AbortSignal,
    body: (prepared: PreparedMounts) => Promise<void>,
    prepared: PreparedMounts = { mounts: [], env: [] },
  ): Promise<void> {
    const [mount, ...others] = mounts;
    if (mount === undefined) {
      await body(prepared);
      return;
    }
    const next: Next = (made, env = []) =>
      this.use(others, signal, body, {
        mounts: made === undefined ? prepared.mounts : [...prepared.mounts, made],
        env: [...prepared.env, ...env],
      });
    switch (mount.type) {
      case "tmpfs": {
        const size = mount.size === undefined ? [] : [`size=${mount.size}`];
        const options = ["nosuid", "nodev", ...(mount.readonly === true ? ["ro"] : []), ...size];
        await next({ destination: mount.target, type: "tmpfs", source: "tmpfs", options });
        return;
      }
      case "cache":
        await this.#cache(mount, signal, next);
        return;
      case "secret":
        await this.#secret(mount, next);
        return;
      case "ssh":
        await this.#agent(mount, next);
        return;
      case "bind":
        await this.#bind(mount, next);
    }
  }

  async #cache(mount: CacheMount, signal: AbortSignal, next: Next): Promise<void> {
    const seed = mount.from === undefined ? undefined : this.#seed(mount.from, signal);
    const { renewed } = this.#work;
    const name = JSON.stringify([mount.id, seed?.id]);
    const held = this.#held.get(name);
    const use = async (directory: string): Promise<void> => {
      this.#held.set(name, directory);
      // other steps may rename what is in it meanwhile
      using root = new SafeRoot(directory);
      using part = root.locate(mount.part ?? "/", { directory: true });
      await this.#work.workshop.bind(
        part.path,
        (source) => next(bindMount(source, mount.target, mount.readonly ? "ro" : "rw")),
        { idMap: this.#idMap },
      );
    };
    if (held !== undefined) return use(held);
    const anew = this.#settings.renewed.has(mount.id) && !renewed.has(mount.id);
    if (anew) renewed.add(mount.id);
    await this.#caches.use(mount, { signal, seed, anew }, use);
  }

  /** Ids on disk are those of containers, in layers as in cache mounts. */
  #seed({ input, source, keepsAccess }: NonNullable<CacheMount["from"]>, signal: AbortSignal): CacheSeed {
    const { layer } = this.#layer(input);
    const { workshop, lease } = this.#work;
    return {
      id: cacheSeedId(layer, source),
      fill: (directory) =>
        workshop.view(layer, lease, async (root) => {
          const tree = { root, layer: true, description: "what the cache mount begins with", ignore: undefined };
          const keyword = "--mount=type=cache,from=";
          const sources = [literally(source)];
          const selected = await selectFiles(tree, { sources, exclude: [], parents: false, keyword }, signal);
          using from = new SafeRoot(root);
          using to = new SafeRoot(directory);
          const writer = new TreeWriter(from, to, { owner: undefined, mode: undefined, layer: true, signal });
          try {
            for (const { entries } of selected) {
              await writer.write(entries, "/", { contents: true });
            }
          } finally {
            writer.close();
          }
          return keepsAccess === true ? from.stat(source) : undefined;
        }),
    };
  }

  async #bind(mount: ExecMount & { type: "bind" }, next: Next): Promise<void> {
    const { layer } = this.#layer(mount.input);
    const { workshop, lease } = this.#work;
    const use = async (directory: string): Promise<void> => {
      using root = new SafeRoot(directory);
      await next(bindMount(root.hostPath(mount.source), mount.target, mount.writable ? "rw" : "ro"));
    };
    const options = { idMap: this.#idMap };
    await (mount.writable ? workshop.scratch(layer, lease, use, options) : workshop.view(layer, lease, use, options));
  }

  /** In memory only: it is on no disk, and gone with the step. */
  async #secret(mount: SecretMount, next: Next): Promise<void> {
    const value = this.#settings.secrets.values.get(mount.id);
    if (value === undefined) {
      this.#absent(mount);
      await next(undefined);
      return;
    }
    const env = mount.env === undefined ? [] : [`${mount.env}=${Buffer.from(value).toString("utf8")}`];
    const { target } = mount;
    if (target === undefined) {
      await next(undefined, env);
      return;
    }
    await this.#work.workshop.memory(value.length + 8192, async (directory) => {
      const file = path.join(directory, "secret");
      const { uid, gid, mode } = this.#onHost(mount);
      writeFileSync(file, value, { mode: 0o600 });
      chownSync(file, uid, gid);
      chmodSync(file, mode);
      await next(bindMount(file, target, "ro"), env);
    });
  }

  async #agent(mount: SshMount, next: Next): Promise<void> {
    const agent = this.#settings.secrets.agents.get(mount.id);
    if (agent === undefined) {
      this.#absent(mount);
      await next(undefined);
      return;
    }
    await this.#work.workshop.memory(8192, (directory) =>
      withAgentSocket(agent, directory, this.#onHost(mount), (socket) => next(bindMount(socket, mount.target, "ro"))),
    );
  }

  #absent({ type, id, required }: SecretMount | SshMount): void {
    if (required) {
      throw new SecretMissing(type, id);
    }
  }

  #onHost({ uid, gid, mode }: SecretMount | SshMount): { uid: number; gid: number; mode: number } {
    const { hostBase, size } = this.#idMap;
    const most = Math.max(uid, gid);
    if (most >= size) {
      throw new InvalidArgument(`there is no user or group ${most} in a build step: ids end at ${size - 1}`);
    }
    return { uid: hostBase + uid, gid: hostBase + gid, mode: mode & 0o777 };
  }

  #layer(input: number): LayerResult {
    const result = this.#inputs[input];
    if (result?.kind !== "layer") {
      throw new InvalidArgument("a mount needs a file system");
    }
    return result;
  }
}

export function bindMount(source: string, destination: string, access: "ro" | "rw"): RuntimeMount {
  return { destination, type: "bind", source, options: ["bind", "rprivate", access, "nosuid", "nodev"] };
}
