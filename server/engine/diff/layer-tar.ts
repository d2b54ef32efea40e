import { closeSync, constants } from "node:fs";
import { inTurns } from "../concurrency/thread-time.ts";
import { callError } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";
import type { SnapshotTree } from "../snapshots/snapshot-tree.ts";
import { compareTrees } from "./compare.ts";
import { procPath } from "./file-attributes.ts";
import { HiddenNames } from "./hidden-names.ts";
import { type ArchiveTap, TarStream, type TarStreamOptions } from "./tar-stream.ts";
import type { TarHeader } from "./tar/tar-header.ts";
import { namesAt, walkTree } from "./tree-walk.ts";
import { isOpaque, isWhiteout, whiteoutPrefix } from "./whiteouts.ts";

/**
 * The layer that a snapshot is: an archive of what it changes on top of its parents, with whiteouts for what it
 * deletes (image-spec layer.md). Times are whole seconds, as in everybody's layers. The same files always give the
 * same bytes. Nobody may write to the snapshot meanwhile.
 */
export function layerTar(
  tree: SnapshotTree,
  options: { tap?: ArchiveTap; ignored?: ReadonlySet<string> } = {},
): AsyncGenerator<Buffer> {
  return inTurns(layerPieces(tree, options));
}

/** `layerTar` in small steps, for who sees to the pace. Yields undefined where nothing is full yet. */
export function* layerPieces(
  tree: SnapshotTree,
  { ignored = new Set(), ...options }: TarStreamOptions & { ignored?: ReadonlySet<string> } = {},
): Generator<Buffer | undefined, void> {
  const root = openRoot(tree.dir);
  const tar = new TarStream(options);
  try {
    yield* tree.format === "overlay"
      ? overlayPieces(root, tree.parents, tar, ignored)
      : comparedPieces(root, tree.parents[0], tar, ignored);
    yield* tar.finish();
  } finally {
    closeSync(root);
  }
}

function* overlayPieces(
  root: number,
  parents: readonly string[],
  tar: TarStream,
  ignored: ReadonlySet<string>,
): Generator<Buffer | undefined> {
  const hidden = new HiddenNames(parents);
  function* whiteouts(path: string | undefined): Generator<Buffer> {
    for (const gone of hidden.before(path)) {
      if (!ignored.has(gone)) yield* tar.header(markerHeader(whiteoutPath(gone)));
    }
  }
  for (const found of walkTree(root)) {
    yield undefined;
    if (found === undefined) continue;
    const { path, name, parent, stat } = found;
    yield* whiteouts(path);
    if (ignored.has(path)) {
      continue;
    }
    if (isWhiteout(stat)) {
      yield* tar.header(markerHeader(whiteoutPath(path)));
      continue;
    }
    yield* tar.add(path, parent, name, stat);
    if (stat.kind === "directory") {
      yield* hidden.enter(path, () => namesAt(parent, name), isOpaque(procPath(parent, name)));
    }
  }
  yield* whiteouts(undefined);
}

function* comparedPieces(
  root: number,
  old: string | undefined,
  tar: TarStream,
  ignored: ReadonlySet<string>,
): Generator<Buffer | undefined> {
  for (const change of compareTrees(root, old)) {
    yield undefined;
    if (change === undefined || ignored.has(change.path)) {
      continue;
    }
    const { path, entry } = change;
    if (entry === undefined) {
      yield* tar.header(markerHeader(whiteoutPath(path)));
    } else {
      yield* tar.add(path, entry.parent, entry.name, entry.stat);
    }
  }
}

function whiteoutPath(path: string): string {
  const slash = path.lastIndexOf("/") + 1;
  return `${path.slice(0, slash)}${whiteoutPrefix}${path.slice(slash)}`;
}

/** Whiteouts are empty files; when a name was deleted is not recorded. */
function markerHeader(name: string): TarHeader {
  return {
    name,
    type: "file",
    mode: 0,
    uid: 0,
    gid: 0,
    size: 0,
    mtimeNs: 0n,
    linkName: "",
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: new Map(),
  };
}

export function openRoot(dir: string): number {
  const fd = libc.openat(libc.AT_FDCWD, dir, constants.O_RDONLY | constants.O_DIRECTORY);
  if (fd < 0) {
    throw callError("openat", fd, dir);
  }
  return fd;
}
