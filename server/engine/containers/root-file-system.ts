import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { isEngineError, Unknown } from "../errdefs/errors.ts";
import type { Mount } from "../mount/mount.ts";
import { mountOf } from "../mount/mount-table.ts";
import { defaultShmSize } from "../runtime/spec/mounts.ts";
import type { ContainerParts } from "./container-parts.ts";
import { idsOf, ownedIds } from "./container-ids.ts";
import type { Container, ResolvedMount } from "./container.ts";
import { joinedContainer } from "./joined-container.ts";
import { layUnder } from "./init-layer.ts";
import { hostBind, VolumeMounts } from "./volume-mounts.ts";

/** What a container's root file system and its bind mounts are on the machine while it runs. */
export class RootFileSystem {
  readonly #parts: ContainerParts;
  readonly #mounts: VolumeMounts;

  constructor(parts: ContainerParts) {
    this.#parts = parts;
    this.#mounts = new VolumeMounts(parts);
  }

  /** Mounts the container's snapshot with its tenant's ids. Returns the directory, and what was mounted on it. */
  async mount(container: Container): Promise<{ rootfs: string; mounts: Mount[] }> {
    const { directories, mounter, snapshots, tenant } = this.#parts;
    const target = directories.rootfs(container.id);
    directories.make(container.id);
    const mounts = snapshots.mounts(container.snapshotKey);
    await mounter.mount(mounts, target, { idMap: idsOf(container, tenant) });
    layUnder(target);
    return { rootfs: target, mounts };
  }

  /**
   * Pins bind mounts, parts of volumes, and what is not to be seen with the ids it has on disk; mounts images. Returns the
   * host path of each, by target.
   * @param elsewhere where volumes are that are mounted for it, by name
   */
  async pinBinds(
    container: Container,
    elsewhere: ReadonlyMap<string, string> = new Map(),
  ): Promise<Map<string, string>> {
    const sources = new Map<string, string>();
    for (const [index, mount] of container.mounts.entries()) {
      const target = join(this.#bindDirectory(container.id), String(index));
      const pinned =
        mount.type === "volume"
          ? await this.#pinVolume(container, mount, target, elsewhere.get(mount.name))
          : mount.type === "bind"
            ? await this.#pinBind(container, mount, target)
            : mount.type === "image" && (await this.#pinImage(container, { mount, index }, target));
      if (pinned) {
        sources.set(mount.target, target);
      }
    }
    return sources;
  }

  async #pinBind(container: Container, mount: ResolvedMount, target: string): Promise<boolean> {
    const { pins, tenant } = this.#parts;
    const create = container.host.mounts.find((request) => request.target === mount.target)?.createSource === true;
    const source = this.#mounts.pinnedSource(mount);
    if (source !== undefined) {
      pins.pin(source, target, create);
      return true;
    }
    checkPropagation(mount);
    const recursive = mount.nonRecursive !== true;
    const whole = hostBind(mount.requestedSource);
    const { subpath } = mount;
    const part =
      subpath === undefined ? whole : { ...whole, root: mount.requestedSource, path: subpath, writable: false };
    await pins.pinHost(part, target, {
      create,
      recursive,
      idMap: idsOf(container, tenant),
      peers: mount.propagation.endsWith("shared"),
    });
    return true;
  }

  /** @param elsewhere where it is mounted, with ids of the machine's or of another's */
  async #pinVolume(
    container: Container,
    mount: ResolvedMount,
    target: string,
    elsewhere: string | undefined,
  ): Promise<boolean> {
    const { pins, tenant } = this.#parts;
    const source = this.#mounts.pinnedSource(elsewhere === undefined ? mount : { ...mount, source: elsewhere });
    const idMap = elsewhere === undefined ? ownedIds(container, tenant) : idsOf(container, tenant);
    if (idMap !== undefined) {
      const whole = hostBind(elsewhere ?? mount.source);
      await pins.pinHost(source ?? whole, target, { create: false, recursive: true, idMap });
      return true;
    }
    if (source !== undefined) {
      pins.pin(source, target, false);
    }
    return source !== undefined;
  }

  /** An image's files (Engine API 1.48, Mount, type `image`). What the engine lets be changed in them is the container's. */
  async #pinImage(
    container: Container,
    { mount, index }: { mount: ResolvedMount; index: number },
    target: string,
  ): Promise<boolean> {
    const { mounter, pins, snapshots, tenant } = this.#parts;
    const { readonly, layer } = mount;
    if (layer === undefined) {
      mkdirSync(target, { recursive: true });
      return true;
    }
    const key = imageSnapshot(container, index);
    if (!readonly) {
      await snapshots.prepare(key, layer, "active", tenant.idMap.hostBase).catch(unlessMadeBefore);
    }
    const whole = mount.subpath === undefined ? target : `${target}-image`;
    const files = snapshots.mounts(readonly ? layer : key);
    await mounter.mount(files, whole, { idMap: idsOf(container, tenant), readonly });
    if (mount.subpath !== undefined) {
      const shown = `${mount.name}:${mount.subpath}`;
      pins.pin({ root: whole, path: mount.subpath, writable: false, shown }, target, false);
    }
    return true;
  }

  /** Files of /etc that are the engine's, and are there since the container's first start: host paths by target. */
  etcFiles(container: Container): Map<string, string> {
    const data = this.#parts.directories.data(container.id);
    const taken = new Set(container.mounts.map((mount) => mount.target));
    const own = ["hosts", "hostname", "resolv.conf"].map((file) => [`/etc/${file}`, join(data, file)] as const);
    return new Map(own.filter(([target, source]) => !taken.has(target) && existsSync(source)));
  }

  /**
   * Where /dev/shm is for who may be joined, or joins another, which lies where both can be given it; undefined: it is the
   * container's own. @throws NotFound, Conflict (`--ipc container:<x>` of one that does not run)
   */
  async sharedMemory({ id, host }: Container): Promise<string | undefined> {
    const { mounter, table, tenant } = this.#parts;
    const [, other] = /^container:(.*)$/.exec(host.ipcMode) ?? [];
    if (other !== undefined) {
      const donor = joinedContainer(table, other, "ipc");
      const place = donor.host.ipcMode === "host" ? "/dev/shm" : this.#memoryOf(donor.id);
      return existsSync(place) ? place : undefined;
    }
    if (host.ipcMode !== "shareable") return undefined;
    const owner = host.usernsMode === "host" ? 0 : tenant.idMap.hostBase;
    const options = ["nosuid", "noexec", "nodev", "mode=1777", `size=${host.shmSize || defaultShmSize}`];
    const ids = [`uid=${owner}`, `gid=${owner}`];
    await mounter.mount([{ type: "tmpfs", source: "shm", options: [...options, ...ids] }], this.#memoryOf(id));
    return this.#memoryOf(id);
  }

  #memoryOf(id: string): string {
    return join(this.#bindDirectory(id), "shm");
  }

  /** Takes all of it away. Idempotent. */
  async unmount(id: string): Promise<void> {
    this.#parts.pins.unpinAll(this.#bindDirectory(id));
    await this.#parts.mounter.unmount(this.#parts.directories.rootfs(id));
  }

  #bindDirectory(id: string): string {
    return join(this.#parts.directories.run(id), "binds");
  }
}

/** Keys of all that a container writes to: its root, and images that it can change. */
export function snapshotsOf(container: Pick<Container, "snapshotKey" | "mounts">): string[] {
  const changed = container.mounts.flatMap(({ type, readonly }, index) =>
    type === "image" && !readonly ? [imageSnapshot(container, index)] : [],
  );
  return [container.snapshotKey, ...changed];
}

/** Another start of the container finds what it has written. */
function unlessMadeBefore(error: unknown): void {
  if (!isEngineError(error, "already_exists")) throw error;
}

function imageSnapshot({ snapshotKey }: Pick<Container, "snapshotKey">, index: number): string {
  return `${snapshotKey}-${index}`;
}

/** @throws Unknown in dockerd's words (moby, daemon/oci_linux.go, ensureShared) where nothing could be propagated */
function checkPropagation({ propagation, source }: ResolvedMount): void {
  const [, kind] = /^r?(shared|slave)$/.exec(propagation) ?? [];
  const on = kind === undefined ? undefined : mountOf(source);
  if (on !== undefined && !on.shared && !(kind === "slave" && on.slave)) {
    const wanted = kind === "slave" ? "a shared or slave mount" : "a shared mount";
    throw new Unknown(`path ${source} is mounted on ${on.mountPoint} but it is not ${wanted}`);
  }
}
