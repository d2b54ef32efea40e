import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { DataLoss } from "../errdefs/errors.ts";
import { nameBytes } from "../mount/libc.ts";
import type { DiffID } from "../oci/digest.ts";
import type { SnapshotTree } from "../snapshots/snapshot-tree.ts";
import { LayerWriter } from "./layer-writer.ts";
import { SplitWriter } from "./split.ts";
import type { TarSink, TarTap } from "./tar/tar-reader.ts";
import { safePath } from "./tree-paths.ts";
import { readArchive } from "./unpack.ts";

export interface ApplyLayerOptions {
  /** where to note how to make the archive again (`openSplit`) */
  split: string;
  /** What the uncompressed archive must hash to. */
  diffId?: DiffID;
  signal?: AbortSignal;
  onProgress?: (bytes: number) => void;
  limits?: { bytes?: number; entries?: number };
}

/** `bytes`: of its files, and of its symbolic links' targets, as Docker counts them. */
export interface AppliedLayer {
  diffId: DiffID;
  bytes: number;
}

/**
 * Unpacks a layer (plain, gzip, zstd, bzip2 or xz: detected), or the one at the path `source`, into the fresh directory of
 * `tree`. No split is left of an archive that has one file twice, as the first content is then not on disk.
 * @throws InvalidArgument, DataLoss (not `diffId`), Cancelled, ResourceExhausted, OutOfRange (limits)
 */
export async function applyLayer(
  tree: SnapshotTree,
  source: Readable | string,
  options: ApplyLayerOptions,
): Promise<AppliedLayer> {
  const hash = createHash("sha256");
  let bytes = 0;
  const { writer, split } = openWriters(tree, source, options);
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

function openWriters(
  tree: SnapshotTree,
  source: Readable | string,
  { limits, split }: ApplyLayerOptions,
): { writer: LayerWriter; split: SplitWriter } {
  let writer: LayerWriter | undefined;
  try {
    writer = new LayerWriter(tree, limits === undefined ? {} : { limits });
    return { writer, split: new SplitWriter(split) };
  } catch (error) {
    writer?.close();
    if (typeof source !== "string") source.destroy();
    throw error;
  }
}
