import { statSync } from "node:fs";
import { Conflict } from "../errdefs/errors.ts";
import { callError } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";
import { MS_BIND } from "../mount/mount-options.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import type { ContainerEntry } from "./container-entry.ts";
import type { ContainerParts } from "./container-parts.ts";
import { makeMountPoint } from "./mount-points.ts";
import type { RootFileSystem } from "./root-file-system.ts";

/**
 * A container's files seen from the machine, volumes and all: through its own mount namespace while it runs, else
 * mounted for as long as they are looked at.
 */
export class ContainerRoot {
  readonly #parts: ContainerParts;
  readonly #files: RootFileSystem;

  constructor(parts: ContainerParts, files: RootFileSystem) {
    this.#parts = parts;
    this.#files = files;
  }

  /**
   * Runs `body` with the directory; the container is neither started nor removed meanwhile.
   * @param options.volumes false: the container's own file system only
   */
  use<T>(
    entry: ContainerEntry,
    body: (root: string) => Promise<T> | T,
    options: { volumes: boolean } = { volumes: true },
  ): Promise<T> {
    if (entry.run !== undefined) {
      return this.#running(entry, body, options);
    }
    return entry.mutex.run(() => {
      if (entry.removed) {
        throw new Conflict(`container ${entry.record.id} is being removed`);
      }
      return entry.run === undefined ? this.#stopped(entry, body, options) : this.#running(entry, body, options);
    });
  }

  /**
   * What is mounted in the container. The kernel lets it be replaced from outside its mount namespace, and takes the
   * mount away with it.
   */
  mountPoints({ record }: ContainerEntry): Set<string> {
    const own = [...this.#files.etcFiles(record)].map(([target]) => target);
    return new Set([...own, ...record.mounts.map(({ target }) => target)]);
  }

  async #running<T>(
    entry: ContainerEntry,
    body: (root: string) => Promise<T> | T,
    options: { volumes: boolean },
  ): Promise<T> {
    const { id, pid } = entry.record;
    return body(options.volumes ? `/proc/${pid}/root` : this.#parts.directories.rootfs(id));
  }

  async #stopped<T>(
    entry: ContainerEntry,
    body: (root: string) => Promise<T> | T,
    options: { volumes: boolean },
  ): Promise<T> {
    const container = entry.record;
    await using undo = new AsyncDisposableStack();
    undo.defer(() => this.#files.unmount(container.id));
    const { rootfs } = await this.#files.mount(container);
    if (options.volumes) {
      const binds = await this.#files.pinBinds(container);
      const volumes = container.mounts
        .filter(({ type }) => type !== "tmpfs")
        .map(({ target, source }) => [target, binds.get(target) ?? source] as const);
      using root = new SafeRoot(rootfs);
      for (const [target, source] of [...volumes, ...this.#files.etcFiles(container)]) {
        bind(root, target, source);
      }
    }
    return await body(rootfs);
  }
}

/** Makes the place if it is not there, as dockerd does (moby, daemon/archive_unix.go `mountVolumes`). */
function bind(root: SafeRoot, target: string, source: string): void {
  if (!root.exists(target)) {
    makeMountPoint(root, target, statSync(source).isDirectory());
  }
  using at = root.locate(target);
  const result = libc.mount(source, at.path, "", MS_BIND, "");
  if (result < 0) {
    throw callError("mount", result, target);
  }
}
