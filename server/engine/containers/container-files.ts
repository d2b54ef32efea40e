import { PassThrough } from "node:stream";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { posix } from "node:path";
import type { Differ } from "../diff/differ.ts";
import { packDirectory } from "../diff/pack.ts";
import { unpackTar } from "../diff/unpack.ts";
import { untarError } from "../diff/untar-error.ts";
import { NotFound, Unknown, isEngineError } from "../errdefs/errors.ts";
import type { LayerStore } from "../layers/layer-store.ts";
import { fullInstead, roomWithin } from "../quota/disk-room.ts";
import { errnoCode } from "../mount/errno.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import type { SafeStat } from "../mount/safe-stat.ts";
import type { Digest } from "../oci/digest.ts";
import { listDirectory } from "./container-directory.ts";
import type { DirectoryListing } from "./container-directory.ts";
import { Committer } from "./commit.ts";
import type { CommitOptions } from "./commit.ts";
import { publishContainerEvent } from "./container-events.ts";
import { idsOf } from "./container-ids.ts";
import type { ContainerEntry } from "./container-entry.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { ContainerRoot } from "./container-root.ts";
import { runtimePlaces } from "./init-layer.ts";
import type { ContainerFiles, PathStat } from "./container-service.ts";

/** What one `docker cp` may bring, whatever the tenant's own limit is. */
const maxArchive = { bytes: 64 * 1024 ** 3, entries: 1_000_000 };

export interface ContainerFilesParts {
  parts: ContainerParts;
  root: ContainerRoot;
  differ: Pick<Differ, "changes" | "openChanges">;
  layers: LayerStore;
}

/** `docker cp`, `diff`, `export` and `commit`. */
export class LocalContainerFiles implements ContainerFiles {
  readonly #use: ContainerFilesParts;
  readonly #committer: Committer;

  constructor(use: ContainerFilesParts) {
    this.#use = use;
    this.#committer = new Committer(use);
  }

  async stat(nameOrId: string, path: string): Promise<PathStat> {
    const entry = this.#use.parts.table.find(nameOrId);
    return this.#use.root.use(
      entry,
      (dir) => {
        using root = new SafeRoot(dir);
        return pathStat(root, path, nameOrId);
      },
      seen(entry, path),
    );
  }

  async list(nameOrId: string, path: string): Promise<DirectoryListing> {
    const entry = this.#use.parts.table.find(nameOrId);
    const { hostBase } = idsOf(entry.record, this.#use.parts.tenant);
    // As a shell in it would: with all that is mounted, also in the root itself.
    return this.#use.root.use(entry, async (dir) => {
      using root = new SafeRoot(dir);
      return await listDirectory(root, path, hostBase);
    });
  }

  async read(nameOrId: string, path: string): Promise<{ stat: PathStat; tar: Readable }> {
    const entry = this.#use.parts.table.find(nameOrId);
    const result = await this.#stream(
      entry,
      (dir) => {
        using root = new SafeRoot(dir);
        const stat = pathStat(root, path, nameOrId);
        // `/a/` is what a link leads to, under its own name; `/a/.` what is in it (moby, archive.TarResourceRebaseOpts).
        const content = /(^|\/)\.?$/.test(path);
        const name = shownName(path);
        const kernel = kernelDevices(root);
        const pack = () =>
          packDirectory(dir, content ? root.realPath(path) : path, {
            hostBase: idsOf(entry.record, this.#use.parts.tenant).hostBase,
            name,
            names: true,
            leaveOut: ({ dev }) => kernel.has(dev),
          });
        const tar = found(pack, path, nameOrId);
        return { value: stat, tar };
      },
      seen(entry, path),
    );
    publishContainerEvent(this.#use.parts.events, entry.record, "archive-path");
    return { stat: result.value, tar: result.tar };
  }

  async write(
    nameOrId: string,
    path: string,
    tar: Readable,
    options: { noOverwriteDirNonDir: boolean; copyUidGid: boolean },
  ): Promise<void> {
    const { parts } = this.#use;
    const entry = parts.table.find(nameOrId);
    await this.#use.root.use(
      entry,
      async (dir) => {
        using root = new SafeRoot(dir);
        const { kind } = found(() => root.stat(path), path, nameOrId);
        if (kind !== "directory") {
          throw new Unknown("extraction point is not a directory");
        }
        const directory = root.realPath(path);
        checkWritable(entry, directory);
        // All is given to the container's user, if it has one; else the archive says whose it is.
        const name = options.copyUidGid ? entry.record.config.user : "";
        const user = name === "" ? undefined : parts.resolveUser(dir, name, []);
        using at = root.locate(path, { directory: true });
        await unpackTar(tar, at.path, {
          hostBase: idsOf(entry.record, parts.tenant).hostBase,
          devices: "refuse",
          limits: { ...maxArchive, bytes: roomWithin(parts.disk, maxArchive.bytes) },
          keep: { root: directory, paths: this.#use.root.mountPoints(entry) },
          ...(options.noOverwriteDirNonDir ? { keepKinds: directory } : {}),
          ...(user === undefined ? {} : { owner: { uid: user.uid, gid: user.gid } }),
        }).catch((error: unknown) => {
          throw untarError(fullInstead(error, parts.disk), directory);
        });
      },
      seen(entry, path),
    );
    publishContainerEvent(parts.events, entry.record, "extract-to-dir");
  }

  async changes(nameOrId: string): Promise<{ path: string; kind: "modified" | "added" | "deleted" }[]> {
    const { record } = this.#use.parts.table.find(nameOrId);
    return this.#use.differ.changes(record.snapshotKey, runtimePlaces);
  }

  async export(nameOrId: string): Promise<Readable> {
    const entry = this.#use.parts.table.find(nameOrId);
    const { hostBase } = idsOf(entry.record, this.#use.parts.tenant);
    const { tar } = await this.#stream(
      entry,
      (dir) => ({ value: undefined, tar: packDirectory(dir, "/", { hostBase, name: "", names: true }) }),
      { volumes: false },
    );
    publishContainerEvent(this.#use.parts.events, entry.record, "export");
    return tar;
  }

  commit(nameOrId: string, options: CommitOptions): Promise<Digest> {
    return this.#committer.commit(this.#use.parts.table.find(nameOrId), options);
  }

  /** Resolves when the archive begins; the container's files stay in place until it ends or is destroyed. */
  #stream<T>(
    entry: ContainerEntry,
    open: (dir: string) => { value: T; tar: Readable },
    options: { volumes: boolean } = { volumes: true },
  ): Promise<{ value: T; tar: Readable }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ value: T; tar: Readable }>();
    this.#use.root
      .use(
        entry,
        async (dir) => {
          const { value, tar } = open(dir);
          const out = new PassThrough({ highWaterMark: 1 << 20 });
          resolve({ value, tar: out });
          // An error destroys `out` with it, so its reader has it.
          await pipeline(tar, out).catch(() => undefined);
        },
        options,
      )
      .catch(reject);
    return promise;
  }
}

/**
 * Where a running container is looked into for `path`. As dockerd, which never looks through the container's own mounts
 * of memory and of the kernel's files: what is beneath them then. The root is such a place, for it holds them all.
 */
function seen({ run, record }: ContainerEntry, path: string): { volumes: boolean } {
  const wanted = posix.resolve("/", path);
  const memory = record.mounts.filter((mount) => mount.type === "tmpfs").map((mount) => mount.target);
  const own = ["/proc", "/sys", "/dev", ...memory];
  const within = own.some((target) => wanted === target || wanted.startsWith(`${target}/`));
  return { volumes: run === undefined || !(wanted === "/" || within) };
}

/**
 * Of the file systems that are the kernel's answers: drydockd, root on the machine, would be told what the container's root
 * is not, whatever link leads there.
 */
function kernelDevices(root: SafeRoot): Set<bigint> {
  const own = root.stat("/").dev;
  const mounted = ["/proc", "/sys"].filter((path) => root.exists(path)).map((path) => root.lstat(path).dev);
  return new Set(mounted.filter((dev) => dev !== own));
}

/** @throws NotFound, Unknown in dockerd's words */
function found<T>(look: () => T, path: string, container: string): T {
  try {
    return look();
  } catch (error) {
    const code = errnoCode(error);
    if (code === "ELOOP") throw new Unknown(`evalSymlinksInScope: too many links in ${path}`, { cause: error });
    if (code === "ENOTDIR") throw new Unknown(`lstat ${path}: not a directory`, { cause: error });
    if (isEngineError(error, "not_found") || (isEngineError(error, "invalid_argument") && !path.includes("\0"))) {
      throw new NotFound(`Could not find the file ${path} in container ${container}`, { cause: error });
    }
    throw error;
  }
}

/** `--tmpfs` does not count: what is copied to it comes beneath it (see `seen`). */
function checkWritable(entry: ContainerEntry, path: string): void {
  const { host, mounts } = entry.record;
  const memory = new Set(Object.keys(host.tmpfs).map((target) => posix.resolve("/", target)));
  const mount = mounts
    .filter(({ target }) => !memory.has(target))
    .filter((candidate) => path === candidate.target || path.startsWith(`${candidate.target}/`))
    .toSorted((a, b) => b.target.length - a.target.length)[0];
  if (mount === undefined ? host.readonlyRootfs : mount.readonly) {
    throw new Unknown(
      mount === undefined ? "container rootfs is marked read-only" : "mounted volume is marked read-only",
    );
  }
}

/** A path ending in `/` or `/.` is what a link points to, else the link itself. */
function pathStat(root: SafeRoot, path: string, container: string): PathStat {
  const follow = /(^|\/)\.?$/.test(path);
  const stat = found(() => (follow ? root.stat(path) : root.lstat(path)), path, container);
  // dockerd looks where a link leads, too.
  if (stat.kind === "symlink" && isEndless(root, path)) {
    throw new Unknown(`evalSymlinksInScope: too many links in ${path}`);
  }
  if (follow && stat.kind !== "directory") {
    throw new Unknown(`lstat ${path}: not a directory`);
  }
  return {
    name: shownName(path),
    size: stat.size,
    mode: goFileMode(stat),
    mtime: Number(stat.mtimeNs / 1_000_000n),
    linkTarget: stat.kind === "symlink" ? linkTarget(root, path) : "",
  };
}

function isEndless(root: SafeRoot, path: string): boolean {
  try {
    root.stat(path);
    return false;
  } catch (error) {
    return errnoCode(error) === "ELOOP";
  }
}

/** Where the link leads, as an absolute path in the container; nothing needs to be there. */
function linkTarget(root: SafeRoot, path: string): string {
  return posix.resolve("/", posix.dirname(posix.resolve("/", path)), root.readLink(path));
}

/** Go's os.FileMode, which the API speaks. */
function goFileMode(stat: Pick<SafeStat, "kind" | "mode">): number {
  const bit = (position: number) => 2 ** position;
  const kinds: Record<SafeStat["kind"], number> = {
    file: 0,
    directory: bit(31),
    symlink: bit(27),
    block: bit(26),
    character: bit(26) + bit(21),
    fifo: bit(25),
    socket: bit(24),
  };
  const special =
    ((stat.mode & 0o4000) === 0 ? 0 : bit(23)) +
    ((stat.mode & 0o2000) === 0 ? 0 : bit(22)) +
    ((stat.mode & 0o1000) === 0 ? 0 : bit(20));
  return kinds[stat.kind] + special + (stat.mode & 0o777);
}

/** What the top of an archive is called: `.` for `a/.` and `a/./` (moby, pkg/archive, SplitPathDirEntry). */
export function shownName(path: string): string {
  return /(^|\/)\.\/*$/.test(path) ? "." : posix.basename(posix.resolve("/", path)) || "/";
}
