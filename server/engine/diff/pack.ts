import { Readable } from "node:stream";
import { closeSync } from "node:fs";
import { basename, dirname } from "node:path/posix";
import { NotFound } from "../errdefs/errors.ts";
import { fileError } from "../mount/errno.ts";
import { inTurns } from "../concurrency/thread-time.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import { fstat, type SafeStat } from "../mount/safe-stat.ts";
import { TarStream, type TarStreamOptions } from "./tar-stream.ts";
import { openDirectoryAt, type WalkEntry, walkTree } from "./tree-walk.ts";

export interface PackOptions extends Omit<TarStreamOptions, "tap"> {
  /**
   * What the packed file or directory is called in the archive (default: its own name); `""` packs a directory's
   * content without the directory itself, `"/"` with it, under absolute names.
   */
  name?: string;
  /** False leaves an entry out, and all beneath it; the path is relative to what is packed. */
  filter?: (path: string, entry: WalkEntry) => boolean;
  signal?: AbortSignal;
}

/**
 * An archive of `path` beneath `root`, a file or a directory with all in it; a link at the end of the path is packed
 * as a link. Links never lead out of `root`, whoever changes it meanwhile (`SafeRoot`).
 * @throws NotFound at once; other errors destroy the stream
 */
export function packDirectory(root: string, path: string, options: PackOptions = {}): Readable {
  const opened = new SafeRoot(root);
  try {
    const stat = opened.lstat(path);
    if (options.leaveOut?.(stat) === true) throw new NotFound(`${path} is in no archive`);
  } catch (error) {
    opened.close();
    throw error;
  }
  const stream = Readable.from(inTurns(pieces(opened, path, options)), { objectMode: false, highWaterMark: 1 << 20 });
  // Also when it is destroyed before anything was read, and the generator never ran.
  stream.once("close", () => opened.close());
  return stream;
}

/** Yields undefined where nothing is full yet, so that the caller can pause. */
function* pieces(root: SafeRoot, path: string, options: PackOptions): Generator<Buffer | undefined, void> {
  const tar = new TarStream(options);
  try {
    for (const piece of packed(root, path, tar, options)) {
      yield piece;
      options.signal?.throwIfAborted();
    }
    yield* tar.finish();
  } catch (error) {
    throw fileError(`packing ${path}`, error);
  }
}

function* packed(root: SafeRoot, path: string, tar: TarStream, options: PackOptions): Generator<Buffer | undefined> {
  const name = options.name ?? basename(path);
  const leftOut = (stat: SafeStat) => options.leaveOut?.(stat) === true;
  const stat = root.lstat(path);
  if (stat.kind !== "directory") {
    using parent = root.locate(dirname(path), { directory: true });
    yield* tar.add(name || basename(path), parent.fd, basename(path), stat);
    return;
  }
  using directory = root.locate(path, { directory: true, follow: false });
  const fd = openDirectoryAt(directory.fd, ".", path);
  if (fd === undefined) {
    return;
  }
  try {
    if (leftOut(fstat(fd))) return;
    if (name !== "") {
      yield* tar.add(name === "/" ? "" : name, fd, ".", fstat(fd));
    }
    const prefix = name === "" || name === "/" ? name : `${name}/`;
    const wanted = (entry: WalkEntry) => !leftOut(entry.stat) && options.filter?.(entry.path, entry) !== false;
    for (const entry of walkTree(fd, wanted)) {
      yield undefined;
      if (entry !== undefined && wanted(entry)) {
        yield* tar.add(`${prefix}${entry.path}`, entry.parent, entry.name, entry.stat);
      }
    }
  } finally {
    closeSync(fd);
  }
}
