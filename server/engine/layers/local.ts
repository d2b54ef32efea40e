import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { ContentProvider } from "../content/store.ts";
import { decompress } from "../diff/compression.ts";
import type { AppliedLayer, ApplyLayerOptions } from "../diff/apply-layer.ts";
import type { Differ } from "../diff/differ.ts";
import type { LayerEntry } from "../diff/layer-entries.ts";
import { nobodysTime, type ThreadTime } from "../concurrency/thread-time.ts";
import { Cancelled, DataLoss, FailedPrecondition, isEngineError, NotFound } from "../errdefs/errors.ts";
import type { Database } from "../metadata/database.ts";
import { type ChainID, chainIdOf, type DiffID, type Digest, digestOf } from "../oci/digest.ts";
import type { SafeHandle } from "../mount/safe-handle.ts";
import type { Snapshotter } from "../snapshots/snapshotter.ts";
import type { ApplyOptions, Layer, LayerFiles, LayerID, LayerStore } from "./layer-store.ts";
import type { LocalLayerBlobs } from "./blobs.ts";
import { layerOf, LayerTable } from "./layer-table.ts";

const applyPrefix = "layer-apply-";

export interface LocalLayerStoreOptions {
  db: Database;
  /** holds one split file per layer: how to make its archive again */
  dir: string;
  snapshotter: Snapshotter;
  differ: Differ;
  content: ContentProvider;
  blobs: Pick<LocalLayerBlobs, "any">;
  /** told when a diffID could not be computed in the background; default: a process warning */
  onError?: (error: Error) => void;
}

/** Blobs of at least so many bytes are unpacked in a thread beside this one; of smaller ones the way there costs more. */
const threadWorth = 1 << 20;

/** No layer of use has more. */
const maxLayer = { bytes: 64 * 1024 ** 3, entries: 4_000_000 };

/**
 * Layers as committed snapshots, one by one: the snapshot's name is the LayerID. All committed snapshots are layers; one
 * that is none was left by a crash and is removed when the store is opened, as are half-applied ones.
 *
 * `size` of a committed layer is 0 until its diffID is known.
 */
export class LocalLayerStore implements LayerStore, LayerFiles {
  readonly #table: LayerTable;
  readonly #options: LocalLayerStoreOptions;
  readonly #onError: (error: Error) => void;
  /** chains being applied; a second apply of one waits for the first */
  readonly #applying = new Map<ChainID, Promise<Layer>>();
  readonly #digests = new Map<LayerID, { done: Promise<DiffID>; abort: AbortController }>();
  /** the last of each one's digests, which are computed one at a time */
  readonly #queues = new WeakMap<ThreadTime, Promise<unknown>>();
  /** digests that are being computed right now */
  readonly #computing = new Map<LayerID, Promise<DiffID>>();
  #closed = false;

  constructor(options: LocalLayerStoreOptions) {
    this.#options = options;
    this.#onError = options.onError ?? ((error) => process.emitWarning(error));
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
    this.#table = new LayerTable(options.db);
    this.#removeLeftovers();
    for (const row of this.#table.list()) {
      if (row.diffId === null) {
        void this.#startDigest(row.id);
      }
    }
  }

  async apply(source: Readable, options: ApplyOptions): Promise<Layer> {
    let used = false;
    try {
      return await this.#once(options, () =>
        this.#apply(options, (key, apply) => {
          used = true;
          return this.#options.differ.apply(key, source, apply);
        }),
      );
    } finally {
      if (!used) source.destroy();
    }
  }

  async applyBlob(blob: Digest, options: ApplyOptions): Promise<Layer> {
    const { content, differ } = this.#options;
    const file = (await content.info(blob)).size < threadWorth ? undefined : await content.file(blob);
    return file === undefined
      ? this.apply(await content.open(blob), options)
      : this.#once(options, () => this.#apply(options, (key, apply) => differ.applyFile(key, file, apply)));
  }

  /** The layer if it is here already; waits for a running apply of the same chain, else does it. */
  async #once(options: ApplyOptions, apply: () => Promise<Layer>): Promise<Layer> {
    if (options.diffId === undefined || options.again === true) {
      return apply();
    }
    const chain = await this.#chainOn(options.parent, options.diffId);
    for (let other = this.#applying.get(chain); other !== undefined; other = this.#applying.get(chain)) {
      await other.catch(() => {});
    }
    const existing = this.findByChain(chain);
    if (existing !== undefined) {
      return existing;
    }
    const applied = apply();
    this.#applying.set(chain, applied);
    try {
      return await applied;
    } finally {
      this.#applying.delete(chain);
    }
  }

  async commit(key: string, time?: ThreadTime): Promise<Layer> {
    const { parent } = this.#options.snapshotter.stat(key);
    const id = newId();
    const layer: Layer = {
      id,
      parent: parent as LayerID | undefined,
      diffId: undefined,
      size: 0,
      createdAt: Date.now(),
    };
    await this.#options.snapshotter.commit(id, key);
    this.#table.insert(layer, undefined);
    void this.#startDigest(id, time);
    return layer;
  }

  get(id: LayerID): Layer {
    return layerOf(this.#table.get(id));
  }

  async diffId(id: LayerID): Promise<DiffID> {
    return this.#table.get(id).diffId ?? this.#startDigest(id);
  }

  findByChain(chainId: ChainID): Layer | undefined {
    const row = this.#table.findByChain(chainId);
    return row === undefined ? undefined : layerOf(row);
  }

  async openTar(id: LayerID): Promise<Readable> {
    const diffId = await this.diffId(id);
    if (!this.needsBlob(id)) {
      return this.#options.differ.openSplit(id, this.#split(id), diffId);
    }
    const blob = this.#options.blobs.any(diffId);
    if (blob === undefined) {
      throw new DataLoss(`layer ${diffId} cannot be made again byte for byte: pull or load its image again`);
    }
    return (await decompress(await this.#options.content.open(blob.digest))).stream;
  }

  /** Without a blob its archive could not be made again. */
  needsBlob(id: LayerID): boolean {
    return !existsSync(this.#split(id));
  }

  async entries(id: LayerID, limit: number): Promise<LayerEntry[]> {
    this.#table.get(id);
    return this.#options.differ.entries(id, limit);
  }

  openFile(id: LayerID, path: string): SafeHandle {
    this.#table.get(id);
    return this.#options.differ.openFile(id, path);
  }

  list(): Layer[] {
    return this.#table.list().map(layerOf);
  }

  /** When it was last made, applied or found, in ms since the epoch. @throws NotFound */
  usedAt(id: LayerID): number {
    return this.#table.get(id).usedAt;
  }

  /** Removes a layer that nothing uses. @throws NotFound, FailedPrecondition (layers or snapshots are based on it) */
  async delete(id: LayerID): Promise<void> {
    const [child] = this.#table.children(id);
    if (child !== undefined) {
      throw new FailedPrecondition(`layer ${id} cannot be removed: layer ${child} is based on it`);
    }
    this.#table.get(id);
    await this.#options.snapshotter.remove(id);
    this.#table.delete(id);
    const digest = this.#digests.get(id);
    digest?.abort.abort(new Cancelled("the layer is being removed"));
    await digest?.done.catch(() => {});
    rmSync(this.#split(id), { force: true });
  }

  /** Stops computing diffIDs; they are resumed when the store is opened again. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { abort } of this.#digests.values()) {
      abort.abort(new Cancelled("the layer store is being closed"));
    }
    await Promise.allSettled([...this.#digests.values()].map(({ done }) => done));
  }

  async #apply(
    options: ApplyOptions,
    unpack: (key: string, options: ApplyLayerOptions) => Promise<AppliedLayer>,
  ): Promise<Layer> {
    const { snapshotter } = this.#options;
    const id = newId();
    const key = `${applyPrefix}${id}`;
    await snapshotter.prepare(key, options.parent);
    try {
      const { parent: _parent, again: _again, ...rest } = options;
      const limits = { ...maxLayer, ...rest.limits };
      const { diffId, bytes } = await unpack(key, { ...rest, limits, split: this.#split(id) });
      const chainId = await this.#chainOn(options.parent, diffId);
      const twin = this.findByChain(chainId);
      if (twin !== undefined) {
        await this.#dropApplied(key, id);
        return twin;
      }
      await snapshotter.commit(id, key);
      const layer: Layer = { id, parent: options.parent, diffId, size: bytes, createdAt: Date.now() };
      this.#table.insert(layer, chainId);
      return layer;
    } catch (error) {
      await this.#dropApplied(key, id);
      throw error;
    }
  }

  async #dropApplied(key: string, id: LayerID): Promise<void> {
    rmSync(this.#split(id), { force: true });
    await ignoreMissing(this.#options.snapshotter.remove(key));
  }

  /** @throws NotFound (parent) */
  async #chainOn(parent: LayerID | undefined, diffId: DiffID): Promise<ChainID> {
    if (parent === undefined) {
      return chainIdOf([diffId]) ?? (diffId as string as ChainID);
    }
    await this.diffId(parent);
    const { chainId } = this.#table.get(parent);
    return digestOf(`${chainId} ${diffId}`) as string as ChainID;
  }

  #startDigest(id: LayerID, time = nobodysTime): Promise<DiffID> {
    const running = this.#digests.get(id);
    if (running !== undefined) {
      return running.done;
    }
    const abort = new AbortController();
    const before = this.#queues.get(time) ?? Promise.resolve();
    const done = before.then(() => this.#computeDigest(id, time, abort.signal));
    this.#digests.set(id, { done, abort });
    const settled = done
      .catch((error: unknown) => {
        // Cancelled: the layer goes, or the store is closed. Too large: who made it is told. Else whoever asks next tries again.
        if (!isEngineError(error, "cancelled", "not_found", "out_of_range")) {
          this.#onError(new DataLoss(`computing the digest of layer ${id} failed`, { cause: error }));
        }
      })
      .finally(() => this.#digests.delete(id));
    this.#queues.set(time, settled);
    return done;
  }

  /** Once at a time: a layer may be wanted out of turn, by those on it that are in another's queue. */
  async #computeDigest(id: LayerID, time: ThreadTime, signal: AbortSignal): Promise<DiffID> {
    const { diffId } = this.#table.get(id);
    if (diffId !== null) {
      return diffId;
    }
    const running = this.#computing.get(id);
    if (running !== undefined) {
      return running;
    }
    const computing = this.#digestNow(id, time, signal);
    this.#computing.set(id, computing);
    try {
      return await computing;
    } finally {
      this.#computing.delete(id);
    }
  }

  async #digestNow(id: LayerID, time: ThreadTime, signal: AbortSignal): Promise<DiffID> {
    if (this.#closed) {
      throw new Cancelled("the layer store is being closed");
    }
    const { parent } = this.#table.get(id);
    const { diffId, bytes } = await this.#options.differ.digest(id, this.#split(id), {
      maxBytes: maxLayer.bytes,
      signal,
      time,
    });
    const parentChain = parent === null ? undefined : await this.#chainOf(parent, time);
    const chainId = (parentChain === undefined ? diffId : digestOf(`${parentChain} ${diffId}`)) as string as ChainID;
    this.#table.setDigest(id, { diffId, chainId, size: bytes });
    return diffId;
  }

  /** Computed now if it is not there: its own digest failed before, or waits for its turn. */
  async #chainOf(id: LayerID, time: ThreadTime): Promise<ChainID> {
    const known = this.#table.get(id).chainId;
    if (known !== null) {
      return known;
    }
    await this.#computeDigest(id, time, new AbortController().signal);
    const { chainId } = this.#table.get(id);
    if (chainId === null) {
      throw new NotFound(`No such layer: ${id}`);
    }
    return chainId;
  }

  #split(id: LayerID): string {
    return join(this.#options.dir, `${id}.split`);
  }

  #removeLeftovers(): void {
    const { snapshotter, dir } = this.#options;
    const ids = new Set<string>(this.#table.list().map((row) => row.id));
    const leftovers = snapshotter
      .list()
      .filter(({ key, kind }) => key.startsWith(applyPrefix) || (kind === "committed" && !ids.has(key)))
      // Children come after their parents.
      .toReversed();
    for (const { key } of leftovers) {
      // Removal itself is done before the first turn; only a failure comes later.
      snapshotter.remove(key).catch((error: Error) => this.#onError(error));
    }
    const known = new Set(snapshotter.list().map(({ key }) => key));
    for (const { id } of this.#table.list()) {
      if (!known.has(id) && ids.has(id)) {
        // Removed in part when the process died, or lost with its files.
        for (const gone of this.#table.forget(id)) {
          ids.delete(gone);
        }
      }
    }
    for (const name of readdirSync(dir)) {
      if (!name.endsWith(".split") || !ids.has(name.slice(0, -".split".length))) {
        rmSync(join(dir, name), { force: true });
      }
    }
  }
}

function newId(): LayerID {
  return randomUUID() as string as LayerID;
}

async function ignoreMissing(removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (!isEngineError(error, "not_found")) {
      throw error;
    }
  }
}
