import { closeSync, mkdirSync, readdirSync, realpathSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { InvalidArgument, NotFound } from "../errdefs/errors.ts";
import { attachClone } from "../mount/attach-clone.ts";
import { callError, errno, errnoCode, fileError } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";
import { unmountAll } from "../mount/local-mounter.ts";
import { hostPathOf } from "../mount/safe-handle.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import { fstat } from "../mount/safe-stat.ts";
import type { IdMap } from "../mount/mount.ts";
import type { UserNamespaces } from "../mount/user-namespace.ts";
import type { BindSource } from "../tenants/workspace-paths.ts";
import { attachInner, innerMounts } from "./inner-mounts.ts";

/**
 * Bind mounts of files that a learner can change at any time. What the path means is found out once, without leaving
 * the learner's files, and that file or directory is mounted at a place of ours: renaming a link in its stead
 * between check and use changes nothing.
 */
export interface BindPins {
  /**
   * Mounts what `source` names at `target`. @param create make a missing directory (`docker run -v`)
   * @throws InvalidArgument `bind source path does not exist`
   */
  pin(source: BindSource, target: string, create: boolean): void;
  /**
   * The same for a path of the machine with all that is mounted beneath it, its files with the ids that `idMap` gives
   * them: root's are the container's root's, as with dockerd. File systems that cannot have ids mapped show their own.
   */
  pinHost(source: BindSource, target: string, options: HostBind): Promise<void>;
  /** Checks the same without mounting. Returns the host path, for inspect. */
  check(source: BindSource, create: boolean): string;
  /** Takes away all in `directory`. Idempotent. */
  unpinAll(directory: string): void;
}

export interface HostBind {
  /** make a missing directory */
  create: boolean;
  /** with the mounts beneath it */
  recursive: boolean;
  idMap: IdMap;
  /** what the container mounts beneath it shows up on the machine (`rshared`) */
  peers?: boolean;
}

export class LocalBindPins implements BindPins {
  readonly #namespaces: Pick<UserNamespaces, "get">;
  readonly #runRoot: string;

  /** @param runRoot where the engine's own mounts are: `/run/drydock` */
  constructor(namespaces: Pick<UserNamespaces, "get">, runRoot: string) {
    this.#namespaces = namespaces;
    this.#runRoot = runRoot;
  }

  check(source: BindSource, create: boolean): string {
    using root = new SafeRoot(source.root);
    makeMissing(root, source, create);
    return locate(root, source).hostPath;
  }

  pin(source: BindSource, target: string, create: boolean): void {
    attach(source, target, { create, flags: 0 });
  }

  async pinHost(source: BindSource, target: string, { create, recursive, idMap, peers }: HostBind): Promise<void> {
    const shifts = idMap.hostBase !== (idMap.diskBase ?? 0);
    // Writable, so that `docker cp`, which is the machine's root, gets at it, too.
    const userns = shifts ? await this.#namespaces.get(idMap, true) : undefined;
    // One by one, as some file systems take an id map and some do not. What is mounted on a peer is mounted on the machine.
    const whole = recursive && peers === true;
    attach(source, target, {
      create,
      flags: whole ? libc.AT_RECURSIVE : 0,
      prepare: (tree) => {
        if (peers !== true) setPropagation(tree, libc.MS_SLAVE);
        if (userns !== undefined) shiftIds(tree, userns, whole);
      },
      ...(recursive && !whole ? { inner: (path) => this.#othersMounts(path) } : {}),
    });
  }

  /**
   * What is mounted beneath a directory, without the engine's own mounts: these hold what other containers have bound,
   * so each bind of `/` would have all the earlier ones twice.
   */
  #othersMounts(path: string): string[] {
    const own = realpathSync(this.#runRoot);
    const isOwn = (point: string) => point === own || point.startsWith(`${own}/`);
    return innerMounts(path).filter((inner) => !isOwn(join(path, inner)));
  }

  unpinAll(directory: string): void {
    let names: string[];
    try {
      names = readdirSync(directory);
    } catch (error) {
      if (errnoCode(error) === "ENOENT") {
        return;
      }
      throw fileError(directory, error);
    }
    for (const name of names) {
      keepApart(join(directory, name));
      unmountAll(join(directory, name));
      // A directory is gone by now. Never recursively: were it still mounted, the learner's files would be beneath.
      rmSync(join(directory, name), { force: true });
    }
    rmdirSync(directory);
  }
}

interface Attachment {
  create: boolean;
  /** of open_tree(2) */
  flags: number;
  /** is given each clone before it is mounted */
  prepare?: (tree: number) => void;
  /** which mounts beneath the host path of a directory are mounted too, as paths from there */
  inner?: (path: string) => string[];
}

/** Mounts at `target` a clone of what `source` names. */
function attach(source: BindSource, target: string, { create, flags, prepare, inner }: Attachment): void {
  using root = new SafeRoot(source.root);
  makeMissing(root, source, create);
  using at = locate(root, source);
  mkdirSync(dirname(target), { recursive: true, mode: 0o711 });
  if (at.directory) {
    mkdirSync(target, { recursive: true });
  } else {
    writeFileSync(target, "");
  }
  attachClone(at.path, flags, prepare, target);
  if (at.directory && inner !== undefined) attachInner(at.path, target, inner(at.hostPath), prepare);
}

/** As slaves, trees get what is mounted on the machine later, and give nothing back (mount_namespaces(7)). */
function setPropagation(tree: number, propagation: number): void {
  const result = libc.mountSetattr(tree, { set: 0, propagation });
  if (result < 0) {
    throw callError("mount_setattr", result, "setting the propagation of a bind mount");
  }
}

/** Unmounting a tree that has peers would take away what is mounted beneath the original, too. */
function keepApart(target: string): void {
  const tree = libc.openTree(libc.AT_FDCWD, target, 0);
  if (tree < 0) {
    throw callError("open_tree", tree, target);
  }
  try {
    // EINVAL: it is no mount point (any more).
    const result = libc.mountSetattr(tree, { set: 0, propagation: libc.MS_PRIVATE, recursive: true });
    if (result < 0 && result !== -errno.EINVAL) {
      throw callError("mount_setattr", result, target);
    }
  } finally {
    closeSync(tree);
  }
}

/** All of the tree; where one of its file systems does not take it, its root; where that one does not, none of it. */
function shiftIds(tree: number, userns: number, recursive: boolean): void {
  const map = (all: boolean) => libc.mountSetattr(tree, { set: libc.MOUNT_ATTR_IDMAP, userns, recursive: all });
  let result = map(recursive);
  if (result < 0 && recursive) result = map(false);
  // EINVAL: no file system for it (proc, sysfs, or an old kernel's tmpfs). EPERM: its ids are mapped already.
  if (result < 0 && result !== -errno.EINVAL && result !== -errno.EPERM) {
    throw callError("mount_setattr", result, "mapping the ids of a bind mount");
  }
}

function makeMissing(root: SafeRoot, source: BindSource, create: boolean): void {
  if (create && source.writable && source.path !== "" && !root.exists(source.path)) {
    root.makeDirectory(source.path, { parents: true });
  }
}

function locate(root: SafeRoot, source: BindSource) {
  try {
    using opened = new DisposableStack();
    const at = opened.use(root.locate(source.path));
    const directory = fstat(at.fd).kind === "directory";
    const hostPath = hostPathOf(at, source.shown);
    const held = opened.move();
    return { path: at.path, directory, hostPath, [Symbol.dispose]: () => held.dispose() };
  } catch (error) {
    if (errnoCode(error) === "ENOENT") {
      if (!source.shown.startsWith("/")) {
        throw new NotFound(`cannot access path ${source.shown}: no such file or directory`, { cause: error });
      }
      throw new InvalidArgument(
        `invalid mount config for type "bind": bind source path does not exist: ${source.shown}`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}
