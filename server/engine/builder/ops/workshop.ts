import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import type { ThreadTime } from "../../concurrency/thread-time.ts";
import type { LayerID, LayerStore } from "../../layers/layer-store.ts";
import type { Lease } from "../../leases/leases.ts";
import { diskSpace } from "../../mount/disk-space.ts";
import type { IdMap, Mounter } from "../../mount/mount.ts";
import type { DiffID } from "../../oci/digest.ts";
import type { SnapshotTree, SnapshotTrees } from "../../snapshots/snapshot-tree.ts";
import type { Snapshotter } from "../../snapshots/snapshotter.ts";
import { clampTimes } from "../epoch.ts";
import type { ExecContext } from "../solver/types.ts";
import type { LayerResult } from "./result.ts";

export interface WorkshopOptions {
  snapshots: Snapshotter & SnapshotTrees;
  mounter: Mounter;
  layers: LayerStore;
  /** where snapshots are mounted while steps work on them; of this workshop alone */
  directory: string;
  /** begins the keys of its snapshots; of this workshop alone */
  prefix: string;
  /** told how many bytes a step has written, before they become a layer. @throws DiskFull if that is too much */
  admit?: (bytes: number) => Promise<void>;
  /** whose quota what is written counts for */
  owner?: number;
  /** whose time digests of its layers take */
  time?: ThreadTime;
}

export interface ChangeOptions {
  /**
   * for processes of a tenant; without it ids on disk are those of containers. What such a process has given away, a
   * descriptor of its root for one, writes no more once the layer is made
   */
  idMap?: IdMap;
  measure?: ExecContext["measure"];
  /** seconds since 1970: no file of the layer is later (`epoch.ts`) */
  epoch?: number | undefined;
  /** Writes into the directory on disk of what changed, when it is not mounted any more: an overlay costs each file time. */
  fill?: (changes: string) => Promise<void>;
  /** What changed, when it is not mounted any more and before it is kept. */
  tidy?: (changes: SnapshotTree) => void;
  /** `body` has thrown, and nobody has what it left open: it can be kept as a layer, the lease's until somebody else takes it. */
  onFailed?: (error: unknown, keep: () => Promise<LayerID>) => Promise<void>;
}

/** Below that what a failed step left is not kept: it may be what fills the disk. */
const leastFree = 0.1;

function hasRoom(directory: string): boolean {
  const { free, size } = diskSpace(directory);
  return free > size * leastFree;
}

/** Makes layers: mounts a snapshot, lets somebody change it, freezes it. Nothing is left behind on failure. */
export class Workshop {
  readonly #options: WorkshopOptions;

  constructor(options: WorkshopOptions) {
    this.#options = options;
  }

  /** Removes what a process that was killed left: mounts and unfinished snapshots. Call before anything else. */
  async recover(): Promise<void> {
    const { directory, mounter, prefix, snapshots } = this.#options;
    mkdirSync(directory, { recursive: true, mode: 0o711 });
    for (const name of readdirSync(directory)) {
      await mounter.unmount(path.join(directory, name));
    }
    for (const { key, kind } of snapshots.list()) {
      if (kind !== "committed" && key.startsWith(prefix)) {
        await snapshots.remove(key);
      }
    }
  }

  /**
   * Mounts a writable snapshot on `parent`, runs `body` in it and commits it; when `body` returns false nothing changed
   * and `parent` is the result.
   */
  async change(
    parent: LayerID | undefined,
    lease: Lease,
    body: (directory: string) => Promise<boolean>,
    options: ChangeOptions = {},
  ): Promise<LayerResult> {
    const { snapshots, layers } = this.#options;
    const key = `${this.#options.prefix}${randomUUID()}`;
    lease.add({ kind: "snapshot", id: key });
    await snapshots.prepare(key, parent, "active", this.#options.owner);
    let committed = false;
    let frozen = true;
    const commit = async (): Promise<LayerID> => {
      const layer = await layers.commit(key, this.#options.time);
      committed = true;
      lease.add({ kind: "layer", id: layer.id });
      return layer.id;
    };
    const keep = (): Promise<LayerID> => {
      options.tidy?.(snapshots.tree(key));
      return commit();
    };
    try {
      const alone = (directory: string) => this.#alone(directory, body, options, () => (frozen = false));
      const changed = await this.#mounted(key, alone, options);
      if (!changed) {
        return { kind: "layer", layer: parent, bytes: 0 };
      }
      await options.fill?.(snapshots.tree(key).dir);
      const began = performance.now();
      options.tidy?.(snapshots.tree(key));
      if (options.epoch !== undefined) {
        await clampTimes(snapshots.tree(key).dir, options.epoch);
      }
      const { bytes: onDisk, contents: bytes = onDisk } = await snapshots.usage(key);
      await this.#options.admit?.(onDisk);
      const layer = await commit();
      options.measure?.("committing", performance.now() - began);
      options.measure?.("bytesWritten", bytes);
      return { kind: "layer", layer, bytes };
    } catch (error) {
      if (frozen && hasRoom(snapshots.tree(key).dir)) await options.onFailed?.(error, keep);
      throw error;
    } finally {
      if (!committed) {
        await snapshots.remove(key);
      }
    }
  }

  /** Puts what one layer changes on another parent, as the layer that it is: with the same diffID. */
  async stack(layer: LayerID, parent: LayerID | undefined, lease: Lease, signal: AbortSignal): Promise<LayerID> {
    const { layers } = this.#options;
    const diffId = await layers.diffId(layer);
    const { id } = await layers.apply(await layers.openTar(layer), { parent, diffId, signal });
    lease.add({ kind: "layer", id });
    return id;
  }

  diffId(layer: LayerID): Promise<DiffID> {
    return this.#options.layers.diffId(layer);
  }

  /** Mounts a layer read-only for the time of `body`. */
  async view<T>(
    layer: LayerID | undefined,
    lease: Lease,
    body: (directory: string) => Promise<T>,
    options: { idMap?: IdMap } = {},
  ): Promise<T> {
    return this.#temporary(layer, "view", lease, body, options);
  }

  /** Mounts a writable snapshot on `layer` that is thrown away after `body`. */
  async scratch<T>(
    layer: LayerID | undefined,
    lease: Lease,
    body: (directory: string) => Promise<T>,
    options: { idMap?: IdMap } = {},
  ): Promise<T> {
    return this.#temporary(layer, "active", lease, body, options);
  }

  /** Bind-mounts a directory of ours for the time of `body`, its ids shifted to a tenant's. */
  async bind<T>(source: string, body: (directory: string) => Promise<T>, options: { idMap?: IdMap }): Promise<T> {
    const target = path.join(this.#options.directory, `bind-${randomUUID()}`);
    await this.#options.mounter.mount([{ type: "bind", source, options: [] }], target, options);
    try {
      return await body(target);
    } finally {
      await this.#options.mounter.unmount(target);
    }
  }

  /** Mounts an empty file system in memory, which only root enters, for the time of `body`. @param bytes its limit */
  async memory<T>(bytes: number, body: (directory: string) => Promise<T>): Promise<T> {
    const target = path.join(this.#options.directory, `memory-${randomUUID()}`);
    const options = ["nosuid", "nodev", "noexec", `size=${bytes}`, "mode=0700"];
    await this.#options.mounter.mount([{ type: "tmpfs", source: "tmpfs", options }], target);
    try {
      return await body(target);
    } finally {
      await this.#options.mounter.unmount(target);
    }
  }

  async #temporary<T>(
    layer: LayerID | undefined,
    kind: "active" | "view",
    lease: Lease,
    body: (directory: string) => Promise<T>,
    options: { idMap?: IdMap },
  ): Promise<T> {
    const key = `${this.#options.prefix}${kind}-${randomUUID()}`;
    lease.add({ kind: "snapshot", id: key });
    await this.#options.snapshots.prepare(key, layer, kind, this.#options.owner);
    try {
      return await this.#mounted(key, body, options);
    } finally {
      await this.#options.snapshots.remove(key);
    }
  }

  /**
   * Nobody changes what `body` has left in `directory`, or `onOpen` is called; where `body` fails, its error counts.
   * @throws FailedPrecondition somebody has a file open there
   */
  async #alone<T>(
    directory: string,
    body: (directory: string) => Promise<T>,
    { idMap }: ChangeOptions,
    onOpen: () => void,
  ): Promise<T> {
    const freeze = async (): Promise<void> => {
      try {
        if (idMap !== undefined) await this.#options.mounter.freeze(directory);
      } catch (error) {
        onOpen();
        throw error;
      }
    };
    let left: T;
    try {
      left = await body(directory);
    } catch (error) {
      await freeze().catch(() => undefined);
      throw error;
    }
    await freeze();
    return left;
  }

  async #mounted<T>(key: string, body: (directory: string) => Promise<T>, options: { idMap?: IdMap }): Promise<T> {
    const target = path.join(this.#options.directory, key);
    await this.#options.mounter.mount(this.#options.snapshots.mounts(key), target, options);
    try {
      return await body(target);
    } finally {
      await this.#options.mounter.unmount(target);
    }
  }
}
