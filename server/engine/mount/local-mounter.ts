import { accessSync, closeSync, constants, mkdirSync, realpathSync, rmdirSync, statfsSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DiskFull, FailedPrecondition, InvalidArgument } from "../errdefs/errors.ts";
import { hasNoRoom } from "./disk-space.ts";
import { callError, errno, errnoCode, fileError } from "./errno.ts";
import * as libc from "./libc.ts";
import type { IdMap, Mount, Mounter } from "./mount.ts";
import { escapeOverlayPath, MS_BIND, MS_RDONLY, MS_REC, MS_REMOUNT, parseOptions } from "./mount-options.ts";
import { mountAt } from "./mount-table.ts";
import { UserNamespaces } from "./user-namespace.ts";

/** mount(2) takes one page of options, with its NUL. */
const maxData = 4095;

/** OVERLAYFS_SUPER_MAGIC (linux/magic.h) */
const overlayMagic = 0x794c7630;
/** How often, and after how many ms, an overlay with open files is tried to be frozen again. */
const freezeTries = 50;
const freezePause = 20;

export interface LocalMounterOptions {
  /** Directory for the idmapped views, on which nothing else is kept: `/run/drydock/idmaps`. */
  idMapRoot: string;
  /**
   * Directories whose subdirectories get mounted with id maps: the snapshots'. Of each one idmapped view per id map
   * is mounted once and kept, so that an overlay of 50 layers needs one mount call, not 50.
   */
  layerRoots: readonly string[];
}

/**
 * Makes mounts with mount(2) and its newer companions, in this process's mount namespace. Needs root.
 *
 * Id maps (mount_setattr(2)): overlayfs itself cannot be idmapped; instead its layers are taken from idmapped views.
 * `close` takes the views away; overlays made from them go on, as overlayfs holds its own references.
 */
export class LocalMounter implements Mounter {
  readonly #options: LocalMounterOptions;
  readonly namespaces = new UserNamespaces();
  /** view directory → its mount being made or made */
  readonly #views = new Map<string, Promise<void>>();

  constructor(options: LocalMounterOptions) {
    for (const root of options.layerRoots) {
      mkdirSync(root, { recursive: true, mode: 0o700 });
    }
    this.#options = { ...options, layerRoots: options.layerRoots.map(realDirectory) };
  }

  async mount(
    mounts: readonly Mount[],
    target: string,
    options: { idMap?: IdMap; readonly?: boolean } = {},
  ): Promise<void> {
    makeTarget(target);
    let made = 0;
    try {
      for (const mount of mounts) {
        await this.#mountOne(mount, target, options);
        made++;
      }
    } catch (error) {
      for (; made > 0; made--) {
        libc.umount2(target, libc.MNT_DETACH | libc.UMOUNT_NOFOLLOW);
      }
      removeEmpty(target);
      throw error;
    }
  }

  async freeze(target: string): Promise<void> {
    if (statfsSync(target).type !== overlayMagic) return;
    const remount = (): number => libc.mount("overlay", target, "overlay", MS_REMOUNT | MS_RDONLY, "");
    let result = remount();
    // What a process had open is let go of a moment after it has ended.
    for (let tries = 0; result === -errno.EBUSY && tries < freezeTries; tries++) {
      await sleep(freezePause);
      result = remount();
    }
    if (result === -errno.EBUSY) {
      throw new FailedPrecondition(
        "what this step has written cannot be kept: a process that goes on after it, in a container or in another step, still has a file of it open for writing. End that process, and build again",
      );
    }
    if (result < 0) throw callError("mount", result, `making the overlay on ${target} read-only`);
  }

  unmount(target: string): Promise<void> {
    return settle(() => unmountAll(target));
  }

  /** Unmounts the idmapped views and lets go of their user namespaces. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#views.values());
    for (const view of this.#views.keys()) {
      unmountAll(view);
    }
    this.#views.clear();
    await this.namespaces.close();
  }

  async #mountOne(mount: Mount, target: string, options: { idMap?: IdMap; readonly?: boolean }): Promise<void> {
    const { flags, data } = parseOptions(mount.options);
    const readonly = options.readonly === true || (flags & MS_RDONLY) !== 0;
    const idMap = options.idMap?.hostBase === 0 ? undefined : options.idMap;
    if (mount.type === "overlay") {
      await this.#mountOverlay(mount, target, { flags: readonly ? flags | MS_RDONLY : flags, data, idMap });
      return;
    }
    if (mount.type === "bind") {
      await this.#mountBind(mount.source, target, { flags, readonly, idMap });
      return;
    }
    const result = libc.mount(mount.source, target, mount.type, readonly ? flags | MS_RDONLY : flags, data.join(","));
    if (result < 0) {
      throw callError("mount", result, `mounting ${mount.type} on ${target}`);
    }
  }

  async #mountOverlay(
    mount: Mount,
    target: string,
    options: { flags: number; data: string[]; idMap: IdMap | undefined },
  ): Promise<void> {
    const overlay = mount.overlay;
    if (overlay === undefined || overlay.lower.length === 0) {
      throw new InvalidArgument(`the overlay for ${target} names no lower directories`);
    }
    const { idMap } = options;
    const writable = overlay.upper !== undefined && overlay.work !== undefined;
    const view = async (dir: string, forUpper: boolean) =>
      idMap === undefined ? dir : this.#idMapped(dir, idMap, forUpper);
    const lower: string[] = [];
    for (const dir of overlay.lower) {
      lower.push(await view(dir, false));
    }
    const parts = [...options.data];
    if (writable) {
      parts.push(`upperdir=${escapeOverlayPath(await view(overlay.upper ?? "", true))}`);
      parts.push(`workdir=${escapeOverlayPath(await view(overlay.work ?? "", true))}`);
    }
    const flags = writable ? options.flags : options.flags | MS_RDONLY;
    const make = (): void => {
      const result = mountOverlay(lower, parts, target, flags);
      if (result < 0) {
        throw callError("mount", result, `mounting an overlay of ${lower.length} layers on ${target}`);
      }
    };
    make();
    if ((flags & MS_RDONLY) !== 0 || isWritable(target)) return;
    // overlayfs falls back to read-only when it cannot make its work directory: refused here, not at the first write.
    libc.umount2(target, libc.MNT_DETACH);
    if (hasNoRoom(overlay.work ?? target)) {
      throw new DiskFull(`no space left on the disk: there is no room for the work directory of ${target}`);
    }
    // There may have been no room only a moment ago.
    make();
    if (isWritable(target)) return;
    libc.umount2(target, libc.MNT_DETACH);
    throw new FailedPrecondition(
      `the overlay on ${target} came up read-only: the kernel refused its work directory (dmesg tells why)`,
    );
  }

  async #mountBind(
    source: string,
    target: string,
    options: { flags: number; readonly: boolean; idMap: IdMap | undefined },
  ): Promise<void> {
    const { flags, readonly, idMap } = options;
    if (idMap !== undefined) {
      await this.#cloneIdMapped(source, target, idMap, { writable: !readonly, readonly });
      return;
    }
    let result = libc.mount(source, target, "", MS_BIND | (flags & MS_REC), "");
    const rest = (flags & ~(MS_BIND | MS_REC)) | (readonly ? MS_RDONLY : 0);
    if (result >= 0 && rest !== 0) {
      result = libc.mount("none", target, "", MS_BIND | MS_REMOUNT | rest, "");
      if (result < 0) {
        libc.umount2(target, libc.MNT_DETACH);
      }
    }
    if (result < 0) {
      throw callError("mount", result, `bind mounting ${source} on ${target}`);
    }
  }

  /** The path of `dir` as seen through the idmapped view of its layer root. */
  async #idMapped(dir: string, map: IdMap, writable: boolean): Promise<string> {
    const real = realDirectory(dir);
    const root = this.#options.layerRoots.findIndex((layerRoot) => real.startsWith(`${layerRoot}/`));
    const layerRoot = this.#options.layerRoots[root];
    if (layerRoot === undefined) {
      throw new InvalidArgument(`${dir} is beneath none of the mounter's layer roots, so it cannot be idmapped`);
    }
    const name = `${root}-${map.hostBase}-${map.size}${writable ? "-w" : ""}`;
    const view = join(this.#options.idMapRoot, name);
    let made = this.#views.get(view);
    if (made === undefined) {
      made = this.#makeView(layerRoot, view, map, writable);
      this.#views.set(view, made);
      made.catch(() => this.#views.delete(view));
    }
    await made;
    return join(view, relative(layerRoot, real));
  }

  async #makeView(layerRoot: string, view: string, map: IdMap, writable: boolean): Promise<void> {
    mkdirSync(this.#options.idMapRoot, { recursive: true, mode: 0o700 });
    // One left by a process that was killed may show a directory that is no more.
    unmountAll(view);
    makeTarget(view);
    await this.#cloneIdMapped(layerRoot, view, map, { writable, readonly: !writable });
  }

  async #cloneIdMapped(
    source: string,
    target: string,
    map: IdMap,
    { writable, readonly }: { writable: boolean; readonly: boolean },
  ): Promise<void> {
    const userns = await this.namespaces.get(map, writable);
    const what = `mounting ${source} on ${target} with ids shifted by ${map.hostBase}`;
    const tree = libc.openTree(libc.AT_FDCWD, source, libc.OPEN_TREE_CLONE);
    if (tree < 0) {
      throw callError("open_tree", tree, what);
    }
    try {
      const set = libc.MOUNT_ATTR_IDMAP | (readonly ? libc.MOUNT_ATTR_RDONLY : 0);
      const result = libc.mountSetattr(tree, { set, userns, propagation: libc.MS_PRIVATE });
      if (result < 0) {
        throw callError("mount_setattr", result, `${what} (the file system of ${source} must allow idmapped mounts)`);
      }
      const moved = libc.moveMount(tree, target);
      if (moved < 0) {
        throw callError("move_mount", moved, what);
      }
    } finally {
      closeSync(tree);
    }
  }
}

/**
 * Makes `dir` a mount point (of itself) whose later mounts show up in mount namespaces made from this one, which
 * they do not by themselves where `/` is private. Idempotent.
 */
export function makeShared(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  const real = realpathSync(dir);
  const entry = mountAt(real);
  if (entry?.shared === true) {
    return;
  }
  if (entry === undefined) {
    const bound = libc.mount(real, real, "", MS_BIND, "");
    if (bound < 0) {
      throw callError("mount", bound, `making ${dir} a mount point`);
    }
  }
  const shared = libc.mount("none", real, "", libc.MS_SHARED, "");
  if (shared < 0) {
    throw callError("mount", shared, `making ${dir} a shared mount`);
  }
}

/** mount(2) of an overlay; long lists of lower directories are given relative to a directory all of them are in. */
function mountOverlay(lower: string[], parts: string[], target: string, flags: number): number {
  const data = (dirs: string[]) => [`lowerdir=${dirs.map(escapeOverlayPath).join(":")}`, ...parts].join(",");
  const whole = data(lower);
  if (Buffer.byteLength(whole) <= maxData) {
    return libc.mount("overlay", target, "overlay", flags, whole);
  }
  const base = commonDirectory(lower);
  const short = data(lower.map((dir) => relative(base, dir)));
  if (Buffer.byteLength(short) > maxData) {
    throw new InvalidArgument(`an overlay of ${lower.length} layers is more than this kernel takes at once`);
  }
  return inDirectory(base, () => libc.mount("overlay", target, "overlay", flags, short));
}

/** Runs a synchronous system call with another working directory; everything else in the engine uses absolute paths. */
function inDirectory(dir: string, call: () => number): number {
  const here = libc.openat(libc.AT_FDCWD, ".", libc.O_PATH);
  const there = libc.openat(libc.AT_FDCWD, dir, libc.O_PATH);
  try {
    const changed = here < 0 ? here : there < 0 ? there : libc.fchdir(there);
    return changed < 0 ? changed : call();
  } finally {
    if (here >= 0) {
      libc.fchdir(here);
      closeSync(here);
    }
    if (there >= 0) {
      closeSync(there);
    }
  }
}

function commonDirectory(paths: readonly string[]): string {
  let common = (paths[0] ?? "/").split("/").slice(0, -1);
  for (const path of paths) {
    const parts = path.split("/");
    const end = common.findIndex((part, index) => part !== parts[index]);
    common = end < 0 ? common : common.slice(0, end);
  }
  return common.join("/") || "/";
}

function makeTarget(target: string): void {
  try {
    mkdirSync(target, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw fileError(`making the mount point ${target}`, error);
  }
}

/** Unmounts everything stacked on `target` (lazily if something still uses it) and removes the empty directory. */
export function unmountAll(target: string): void {
  for (;;) {
    let result = libc.umount2(target, libc.UMOUNT_NOFOLLOW);
    if (result === -errno.EBUSY) {
      result = libc.umount2(target, libc.MNT_DETACH | libc.UMOUNT_NOFOLLOW);
    }
    if (result === -errno.EINVAL || result === -errno.ENOENT) {
      break;
    }
    if (result < 0) {
      throw callError("umount2", result, `unmounting ${target}`);
    }
  }
  removeEmpty(target);
}

function removeEmpty(target: string): void {
  try {
    rmdirSync(target);
  } catch (error) {
    // A target that held files before it was a mount point stays.
    if (!["ENOENT", "ENOTEMPTY", "ENOTDIR"].includes(errnoCode(error) ?? "")) {
      throw fileError(`removing the mount point ${target}`, error);
    }
  }
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function realDirectory(dir: string): string {
  try {
    return realpathSync(dir);
  } catch (error) {
    throw fileError(`resolving ${dir}`, error);
  }
}

async function settle(body: () => void): Promise<void> {
  body();
}
