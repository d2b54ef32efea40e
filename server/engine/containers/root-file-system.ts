import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ContainerParts } from "./container-parts.ts";
import type { Container } from "./container.ts";
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

  /** Mounts the container's snapshot with its tenant's ids. Returns the directory. */
  async mount(container: Container): Promise<string> {
    const { directories, mounter, snapshots, tenant } = this.#parts;
    const target = directories.rootfs(container.id);
    directories.make(container.id);
    await mounter.mount(snapshots.mounts(container.snapshotKey), target, { idMap: tenant.idMap });
    layUnder(target);
    return target;
  }

  /** Pins bind mounts, and parts of volumes. Returns the host path of each, by target. */
  async pinBinds(container: Container): Promise<Map<string, string>> {
    const { pins, tenant } = this.#parts;
    const sources = new Map<string, string>();
    for (const [index, mount] of container.mounts.entries()) {
      const target = join(this.#bindDirectory(container.id), String(index));
      const create = container.host.mounts.find((request) => request.target === mount.target)?.createSource === true;
      const source = this.#mounts.pinnedSource(mount);
      if (source !== undefined) {
        pins.pin(source, target, create);
      } else if (mount.type === "bind") {
        const recursive = mount.nonRecursive !== true;
        await pins.pinHost(hostBind(mount.requestedSource), target, { create, recursive, idMap: tenant.idMap });
      } else {
        continue;
      }
      sources.set(mount.target, target);
    }
    return sources;
  }

  /** Files of /etc that are the engine's, and are there since the container's first start: host paths by target. */
  etcFiles(container: Container): Map<string, string> {
    const data = this.#parts.directories.data(container.id);
    const taken = new Set(container.mounts.map((mount) => mount.target));
    const own = ["hosts", "hostname", "resolv.conf"].map((file) => [`/etc/${file}`, join(data, file)] as const);
    return new Map(own.filter(([target, source]) => !taken.has(target) && existsSync(source)));
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
