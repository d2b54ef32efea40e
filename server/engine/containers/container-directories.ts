import { chownSync, mkdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errnoCode, fileError } from "../mount/errno.ts";
import type { IdMap } from "../mount/mount.ts";
import { idsOf } from "./container-ids.ts";
import type { Container } from "./container.ts";

/**
 * Where one tenant's containers are on disk:
 *
 * ```
 * <data>/<id>/                  0711: hosts, hostname, resolv.conf (the tenant's root owns them), <id>-json.log (0640)
 * <run>/<id>/rootfs             its root file system, mounted while it runs
 * <run>/<id>/binds/<n>          bind mounts, pinned
 * ```
 *
 * The runtime looks paths up as the container's root: hence 0711 on the way.
 */
export class ContainerDirectories {
  readonly #data: string;
  readonly #run: string;
  readonly #idMap: IdMap;
  readonly #assign: ((directory: string, project: number) => void) | undefined;

  /** @param options `assign`: makes what is put into a directory count for the tenant's quota */
  constructor(options: {
    data: string;
    run: string;
    idMap: IdMap;
    assign?: ((directory: string, project: number) => void) | undefined;
  }) {
    this.#assign = options.assign;
    this.#data = options.data;
    this.#run = options.run;
    this.#idMap = options.idMap;
  }

  data(id: string): string {
    return join(this.#data, id);
  }

  run(id: string): string {
    return join(this.#run, id);
  }

  rootfs(id: string): string {
    return join(this.#run, id, "rootfs");
  }

  /** A mount point for looking at a container that does not run. */
  scratch(id: string, purpose: string): string {
    return join(this.#run, id, purpose);
  }

  make(id: string): void {
    mkdirSync(this.data(id), { recursive: true, mode: 0o711 });
    this.#assign?.(this.data(id), this.#idMap.hostBase);
    mkdirSync(this.run(id), { recursive: true, mode: 0o711 });
  }

  /** Gives a file to the container's root. */
  own(path: string, container: Pick<Container, "host">): void {
    if (process.getuid?.() === 0) {
      const { hostBase } = idsOf(container, { idMap: this.#idMap });
      chownSync(path, hostBase, hostBase);
    }
  }

  /** Nothing must be mounted in them any more. */
  remove(id: string): void {
    try {
      // Not recursively: were something still mounted in it, that would be emptied.
      rmdirSync(this.run(id));
    } catch (error) {
      if (errnoCode(error) !== "ENOENT") {
        throw fileError(this.run(id), error);
      }
    }
    rmSync(this.data(id), { recursive: true, force: true });
  }
}
