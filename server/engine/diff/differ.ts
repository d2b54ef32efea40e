import { createHash, type Hash } from "node:crypto";
import { Readable } from "node:stream";
import { inTurns, type ThreadTime } from "../concurrency/thread-time.ts";
import type { DiffID } from "../oci/digest.ts";
import { DataLoss } from "../errdefs/errors.ts";
import type { SafeHandle } from "../mount/safe-handle.ts";
import type { SnapshotTree, SnapshotTrees } from "../snapshots/snapshot-tree.ts";
import { type AppliedLayer, applyLayer, type ApplyLayerOptions } from "./apply-layer.ts";
import { ApplyThread } from "./apply-thread.ts";
import { type Change, listChanges } from "./changes.ts";
import { type LayerEntry, layerEntries, openLayerFile } from "./layer-entries.ts";
import { layerPieces, layerTar } from "./layer-tar.ts";
import { joinSplit, SplitWriter } from "./split.ts";

export type { Change } from "./changes.ts";

/** The same pieces, once they have gone into `hash`. */
function* hashed(hash: Hash, pieces: Iterable<Buffer | undefined>): Generator<Buffer | undefined, void> {
  for (const piece of pieces) {
    if (piece !== undefined) hash.update(piece);
    yield piece;
  }
}

/** Between layer archives (image-spec layer.md) and snapshots, without mounting them. */
export class Differ {
  readonly #trees: SnapshotTrees;
  readonly #thread = new ApplyThread();

  constructor(trees: SnapshotTrees) {
    this.#trees = trees;
  }

  /**
   * Unpacks a layer (plain, gzip, zstd, bzip2 or xz: detected) into the fresh active snapshot `key`, see `applyLayer`.
   * After a failure the snapshot is to be removed.
   * @throws InvalidArgument, DataLoss (not `diffId`), Cancelled, ResourceExhausted, OutOfRange (limits)
   */
  apply(key: string, source: Readable, options: ApplyLayerOptions): Promise<AppliedLayer> {
    let tree: SnapshotTree;
    try {
      tree = this.#trees.tree(key);
    } catch (error) {
      source.destroy();
      throw error;
    }
    return applyLayer(tree, source, options);
  }

  /** `apply` of the archive at the path `file`, in a thread beside this one. */
  async applyFile(key: string, file: string, options: ApplyLayerOptions): Promise<AppliedLayer> {
    return this.#thread.apply(this.#trees.tree(key), file, options);
  }

  /**
   * Computes the diffID of the committed snapshot `key` and notes how to make its archive again. `bytes`: of its files.
   * @param options.maxBytes of its files' contents @param options.time whose time of this thread it takes
   * @throws OutOfRange (more than `maxBytes`)
   */
  async digest(
    key: string,
    split: string,
    { maxBytes, signal, time }: { maxBytes: number; signal?: AbortSignal; time: ThreadTime },
  ): Promise<{ diffId: DiffID; bytes: number }> {
    const hash = createHash("sha256");
    const tap = new SplitWriter(split, maxBytes);
    const pieces = hashed(hash, layerPieces(this.#trees.tree(key), { tap, still: true }));
    let done = false;
    try {
      for await (const _ of inTurns(pieces, time)) signal?.throwIfAborted();
      tap.commit();
      done = true;
      return { diffId: `sha256:${hash.digest("hex")}` as DiffID, bytes: tap.contentBytes };
    } finally {
      if (!done) {
        tap.discard();
      }
    }
  }

  /**
   * The archive that `split` tells of, checked on the way: if it is not `diffId`, the stream fails with DataLoss at
   * its end. The caller destroys it.
   */
  openSplit(key: string, split: string, diffId: DiffID): Readable {
    const { dir } = this.#trees.tree(key);
    function* checked() {
      const hash = createHash("sha256");
      yield* hashed(hash, joinSplit(split, dir));
      const actual = `sha256:${hash.digest("hex")}`;
      if (actual !== diffId) {
        throw new DataLoss(`layer ${diffId} is damaged on disk: its archive now has the digest ${actual}`);
      }
    }
    return Readable.from(inTurns(checked()), { objectMode: false, highWaterMark: 1 << 20 });
  }

  /** The archive of what snapshot `key` (active: unmounted or at rest) changes on its parents. The caller destroys it. `ignored`: see `listChanges`. */
  openChanges(key: string, ignored: readonly string[] = []): Readable {
    return Readable.from(layerTar(this.#trees.tree(key), { ignored: new Set(ignored) }), {
      objectMode: false,
      highWaterMark: 1 << 20,
    });
  }

  /** For `docker diff`. */
  changes(key: string, ignored: readonly string[] = []): Promise<Change[]> {
    return listChanges(this.#trees.tree(key), ignored);
  }

  /** What snapshot `key` has of its own, see `layerEntries`. @throws NotFound, OutOfRange */
  entries(key: string, limit: number): Promise<LayerEntry[]> {
    return layerEntries(this.#trees.tree(key), limit);
  }

  /** A regular file that snapshot `key` itself has, to be read and closed. @throws NotFound, InvalidArgument */
  openFile(key: string, path: string): SafeHandle {
    return openLayerFile(this.#trees.tree(key), path);
  }
}
