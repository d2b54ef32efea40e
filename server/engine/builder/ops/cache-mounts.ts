import { randomUUID } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
} from "node:fs";
import path from "node:path";
import type { LayerID } from "../../layers/layer-store.ts";
import type { BuildCacheRecord } from "../cache/cache-admin.ts";
import type { CacheMountAdmin } from "../cache/build-cache.ts";
import { digestOf, hexOf } from "../../oci/digest.ts";
import { diskUsage } from "../../snapshots/disk-usage.ts";
import { Trash } from "../../snapshots/trash.ts";
import { Semaphore } from "../solver/semaphore.ts";
import type { ExecMount } from "./exec-definition.ts";

type CacheMount = Extract<ExecMount, { type: "cache" }>;

type Access = Pick<CacheMount, "mode" | "uid" | "gid">;

/** What a new cache mount begins with (`from=`). */
export interface CacheSeed {
  /** of the content: another begins another cache */
  id: string;
  /** @returns the mode and owner that the cache has, or undefined for the mount's */
  fill(directory: string): Promise<Access | undefined>;
}

/**
 * The directories behind `RUN --mount=type=cache` of one tenant: kept between builds, never part of a layer.
 * `shared`: many at a time. `locked`: one after the other. `private`: a further directory while the first is in use.
 */
export class CacheMounts implements CacheMountAdmin {
  readonly #directory: string;
  readonly #locks = new Map<string, Semaphore>();
  readonly #inUse = new Map<string, number>();
  #trash: Trash | undefined;

  /** @param directory of this tenant alone; file ids in it are those of containers */
  constructor(directory: string) {
    this.#directory = directory;
    if (existsSync(this.#removed)) this.#trash = this.#makeTrash();
  }

  get #removed(): string {
    return `${this.#directory}-removed`;
  }

  #makeTrash(): Trash {
    return new Trash(this.#removed, (error) => process.emitWarning(error));
  }

  /** Resolves when what was removed is gone from the disk. */
  async idle(): Promise<void> {
    await this.#trash?.idle();
  }

  /**
   * Gives `body` the directory of a mount.
   * @param options.anew without what earlier builds have left there, unless somebody is using it
   * @throws Cancelled while waiting for a locked one
   */
  async use<T>(
    mount: CacheMount,
    options: { signal: AbortSignal; seed?: CacheSeed | undefined; anew?: boolean },
    body: (directory: string) => Promise<T>,
  ): Promise<T> {
    const { signal, seed, anew = false } = options;
    const name = nameOf(mount.id, seed?.id);
    if (mount.sharing === "locked") {
      let lock = this.#locks.get(name);
      if (lock === undefined) {
        lock = new Semaphore(1);
        this.#locks.set(name, lock);
      }
      return lock.run(signal, () => this.#with(name, { mount, seed, anew }, body));
    }
    return this.#with(mount.sharing === "private" ? this.#unused(name) : name, { mount, seed, anew }, body);
  }

  /** Where a mount's files are, if there are any by now. */
  directoryOf(id: string, seed: string | undefined): string | undefined {
    const directory = path.join(this.#directory, nameOf(id, seed));
    return existsSync(directory) ? directory : undefined;
  }

  async list(): Promise<BuildCacheRecord[]> {
    const records: BuildCacheRecord[] = [];
    for (const name of this.#names()) {
      const directory = path.join(this.#directory, name);
      const { bytes } = await diskUsage(directory);
      const stat = lstatSync(directory, { throwIfNoEntry: false });
      if (stat === undefined) continue;
      records.push({
        id: name,
        type: "exec.cachemount",
        description: "a cache mount (RUN --mount=type=cache)",
        bytes,
        createdAt: Math.round(stat.birthtimeMs),
        lastUsedAt: Math.round(Math.max(stat.atimeMs, stat.mtimeMs)),
        usageCount: this.#inUse.get(name) ?? 0,
        inUse: this.#inUse.has(name),
        shared: false,
        parents: [],
      });
    }
    return records;
  }

  remove(id: string): boolean {
    if (this.#inUse.has(id) || !this.#names().includes(id)) {
      return false;
    }
    this.#discard(path.join(this.#directory, id));
    return true;
  }

  /**
   * Somebody may hold it open and put links in the place of directories meanwhile: node's own rm(), which goes by paths,
   * would delete what these lead to.
   */
  #discard(directory: string): void {
    this.#trash ??= this.#makeTrash();
    this.#trash.discard(directory);
  }

  /** Under another name until it has all: one that was cut off is never taken for a cache. */
  async #make(directory: string, mount: CacheMount, seed: CacheSeed | undefined): Promise<void> {
    const unfinished = `${directory}.${randomUUID()}`;
    mkdirSync(unfinished);
    try {
      const { mode, uid, gid } = (await seed?.fill(unfinished)) ?? mount;
      chmodSync(unfinished, mode);
      chownSync(unfinished, uid, gid);
      if (!existsSync(directory)) {
        renameSync(unfinished, directory);
      }
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }

  #names(): string[] {
    mkdirSync(this.#directory, { recursive: true, mode: 0o711 });
    return readdirSync(this.#directory);
  }

  #unused(name: string): string {
    for (let number = 0; ; number++) {
      const candidate = number === 0 ? name : `${name}.${number}`;
      if (!this.#inUse.has(candidate)) {
        return candidate;
      }
    }
  }

  async #with<T>(
    name: string,
    { mount, seed, anew }: { mount: CacheMount; seed: CacheSeed | undefined; anew: boolean },
    body: (directory: string) => Promise<T>,
  ): Promise<T> {
    const directory = path.join(this.#directory, name);
    mkdirSync(this.#directory, { recursive: true, mode: 0o711 });
    this.#inUse.set(name, (this.#inUse.get(name) ?? 0) + 1);
    try {
      if (anew && this.#inUse.get(name) === 1 && existsSync(directory)) {
        this.#discard(directory);
      }
      if (!existsSync(directory)) {
        await this.#make(directory, mount, seed);
      }
      const now = new Date();
      utimesSync(directory, now, lstatSync(directory).mtime);
      return await body(directory);
    } finally {
      const users = (this.#inUse.get(name) ?? 1) - 1;
      if (users === 0) {
        this.#inUse.delete(name);
      } else {
        this.#inUse.set(name, users);
      }
    }
  }
}

function nameOf(id: string, seed: string | undefined): string {
  return hexOf(digestOf(seed === undefined ? id : JSON.stringify([id, seed]))).slice(0, 32);
}

/** What a cache mount begins with: a path in a layer. */
export function cacheSeedId(layer: LayerID | undefined, source: string): string {
  return `${layer ?? ""} ${source}`;
}
