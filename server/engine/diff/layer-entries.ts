import { closeSync, readlinkSync } from "node:fs";
import { InvalidArgument, OutOfRange } from "../errdefs/errors.ts";
import { decodeName } from "../mount/libc.ts";
import type { SafeHandle } from "../mount/safe-handle.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import { fdPath, type FileKind, fstat } from "../mount/safe-stat.ts";
import type { SnapshotTree } from "../snapshots/snapshot-tree.ts";
import { type Change, type FoundChange, foundChanges } from "./changes.ts";
import { openRoot } from "./layer-tar.ts";
import { Pace } from "./pace.ts";

/** What a layer has at a path, or that it takes it away. */
export interface LayerEntry extends Change {
  /** absent when deleted */
  file?: FileAttributes;
}

export interface FileAttributes {
  kind: FileKind;
  /** bytes */
  size: number;
  /** permission bits */
  mode: number;
  uid: number;
  gid: number;
  /** ns since the epoch */
  mtimeNs: bigint;
  /** of a symlink, as written */
  target?: string;
  /** a hard link: the path before it in the layer that has the same bytes, which count once */
  sameAs?: string;
}

/**
 * All that a snapshot changes, each directory before what is beneath it, with what the files are.
 * @throws OutOfRange above `limit` entries
 */
export async function layerEntries(tree: SnapshotTree, limit: number): Promise<LayerEntry[]> {
  const root = openRoot(tree.dir);
  const pace = new Pace();
  const entries: LayerEntry[] = [];
  const linked = new Map<bigint, string>();
  try {
    for (const found of foundChanges(root, tree)) {
      if (pace.due) {
        await pace.rest();
      }
      if (found === undefined) continue;
      const { path, kind, at } = found;
      if (entries.length >= limit) {
        throw new OutOfRange(`the layer has more than ${limit.toLocaleString("en")} files: too many to be shown`);
      }
      const file = at === undefined ? undefined : attributesOf(at);
      if (file?.kind === "file" && at !== undefined && at.stat.nlink > 1) {
        const sameAs = linked.get(at.stat.ino);
        if (sameAs === undefined) linked.set(at.stat.ino, path);
        else file.sameAs = sameAs;
      }
      entries.push({ path, kind, ...(file === undefined ? {} : { file }) });
    }
  } finally {
    closeSync(root);
  }
  return entries;
}

function attributesOf({ parent, name, stat }: NonNullable<FoundChange["at"]>): FileAttributes {
  const { kind, size, mode, uid, gid, mtimeNs } = stat;
  const link =
    kind === "symlink" ? { target: decodeName(readlinkSync(fdPath(parent, name), { encoding: "buffer" })) } : {};
  return { kind, size, mode, uid, gid, mtimeNs, ...link };
}

/**
 * Opens a regular file that the snapshot itself has (not its parents), a link at its end not followed.
 * @throws NotFound, InvalidArgument (no regular file)
 */
export function openLayerFile(tree: SnapshotTree, path: string): SafeHandle {
  using root = new SafeRoot(tree.dir);
  using at = root.locate(path, { follow: false });
  if (fstat(at.fd).kind !== "file") {
    throw new InvalidArgument(`${path} is not a regular file`);
  }
  return root.openFile(path);
}

/** Bytes that a file adds to its layer. */
export function bytesOf({ kind, size, sameAs }: FileAttributes): number {
  return kind === "file" && sameAs === undefined ? size : 0;
}
