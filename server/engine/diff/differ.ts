import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { DiffID } from "../oci/digest.ts";
import { DataLoss } from "../errdefs/errors.ts";
import { nameBytes } from "../mount/libc.ts";
import type { SnapshotTrees } from "../snapshots/snapshot-tree.ts";
import { type Change, listChanges } from "./changes.ts";
import { layerTar } from "./layer-tar.ts";
import { LayerWriter } from "./layer-writer.ts";
import { joinSplit, SplitWriter } from "./split.ts";
import type { TarSink, TarTap } from "./tar/tar-reader.ts";
import { safePath } from "./tree-paths.ts";
import { readArchive } from "./unpack.ts";

export type { Change } from "./changes.ts";

export interface ApplyLayerOptions {
  /** where to note how to make the archive again (`openSplit`) */
  split: string;
  /** What the uncompressed archive must hash to. */
  diffId?: DiffID;
  signal?: AbortSignal;
  onProgress?: (bytes: number) => void;
  limits?: { bytes?: number; entries?: number };
}

/** Between layer archives (image-spec layer.md) and snapshots, without mounting them. */
export class Differ {
  readonly #trees: SnapshotTrees;

  constructor(trees: SnapshotTrees) {
    this.#trees = trees;
  }

  /**
   * Unpacks a layer (plain, gzip, zstd, bzip2 or xz: detected) into the fresh active snapshot `key`. After a failure
   * the snapshot is to be removed. `bytes`: of its files, and of its symbolic links' targets, as
   * Docker counts them. No split is left of an archive that has one file twice, as
   * the first content is then not on disk.
   * @throws InvalidArgument, DataLoss (not `diffId`), Cancelled, ResourceExhausted, OutOfRange (limits)
   */
  async apply(key: string, source: Readable, options: ApplyLayerOptions): Promise<{ diffId: DiffID; bytes: number }> {
    const hash = createHash("sha256");
    let bytes = 0;
    let writer: LayerWriter;
    let split: SplitWriter;
    try {
      writer = new LayerWriter(this.#trees.tree(key), options.limits === undefined ? {} : { limits: options.limits });
      split = new SplitWriter(options.split);
    } catch (error) {
      source.destroy();
      throw error;
    }
    const paths = new Set<string>();
    let contents = 0;
    let repeated = false;
    const tap: TarTap = {
      raw: (piece) => split.raw(piece),
      content: (header) => {
        const path = safePath(header.name);
        repeated ||= paths.has(path) || !writer.writing;
        paths.add(path);
        contents += header.size;
        split.content(path, header.size);
      },
    };
    let done = false;
    try {
      const counting: TarSink = {
        entry: (header) => {
          contents += header.type === "symlink" ? nameBytes(header.linkName).length : 0;
          writer.entry(header);
        },
        data: (piece, offset) => writer.data(piece, offset),
        end: () => writer.end(),
      };
      await readArchive(source, counting, {
        tap,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        onBytes: (piece) => {
          hash.update(piece);
          bytes += piece.length;
          options.onProgress?.(bytes);
        },
      });
      writer.finish();
      const diffId = `sha256:${hash.digest("hex")}` as DiffID;
      if (options.diffId !== undefined && options.diffId !== diffId) {
        throw new DataLoss(`the layer's content has the digest ${diffId}, but the image says ${options.diffId}`);
      }
      if (!repeated) {
        split.commit();
        done = true;
      }
      return { diffId, bytes: contents };
    } finally {
      writer.close();
      if (!done) {
        split.discard();
      }
    }
  }

  /** Computes the diffID of the committed snapshot `key` and notes how to make its archive again. `bytes`: of its files. */
  async digest(key: string, split: string, signal?: AbortSignal): Promise<{ diffId: DiffID; bytes: number }> {
    const hash = createHash("sha256");
    const tap = new SplitWriter(split);
    let done = false;
    try {
      for await (const piece of layerTar(this.#trees.tree(key), { tap, ...(signal === undefined ? {} : { signal }) })) {
        hash.update(piece);
      }
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
    async function* checked() {
      const hash = createHash("sha256");
      for await (const piece of joinSplit(split, dir)) {
        hash.update(piece);
        yield piece;
      }
      const actual = `sha256:${hash.digest("hex")}`;
      if (actual !== diffId) {
        throw new DataLoss(`layer ${diffId} is damaged on disk: its archive now has the digest ${actual}`);
      }
    }
    return Readable.from(checked(), { objectMode: false, highWaterMark: 1 << 20 });
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
}
