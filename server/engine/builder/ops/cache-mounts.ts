import { chownSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { digestOf, hexOf } from "../../oci/digest.ts";
import { Semaphore } from "../solver/semaphore.ts";
import type { ExecMount } from "./exec-definition.ts";

type CacheMount = Extract<ExecMount, { type: "cache" }>;

/**
 * The directories behind `RUN --mount=type=cache` of one tenant: kept between builds, never part of a layer.
 * `shared`: many at a time. `locked`: one after the other. `private`: a further directory while the first is in use.
 */
export class CacheMounts {
  readonly #directory: string;
  readonly #locks = new Map<string, Semaphore>();
  readonly #inUse = new Map<string, number>();

  /** @param directory of this tenant alone; file ids in it are those of containers */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Gives `body` the directory of a mount. @throws Cancelled while waiting for a locked one */
  async use<T>(mount: CacheMount, signal: AbortSignal, body: (directory: string) => Promise<T>): Promise<T> {
    const name = hexOf(digestOf(mount.id)).slice(0, 32);
    if (mount.sharing === "locked") {
      let lock = this.#locks.get(name);
      if (lock === undefined) {
        lock = new Semaphore(1);
        this.#locks.set(name, lock);
      }
      return lock.run(signal, () => this.#with(name, mount, body));
    }
    return this.#with(mount.sharing === "private" ? this.#unused(name) : name, mount, body);
  }

  /** Removes all that no step uses now. Returns their number. */
  prune(): number {
    let removed = 0;
    for (const name of this.#names()) {
      if (!this.#inUse.has(name)) {
        rmSync(path.join(this.#directory, name), { recursive: true, force: true });
        removed++;
      }
    }
    return removed;
  }

  #names(): string[] {
    mkdirSync(this.#directory, { recursive: true, mode: 0o711 });
    return readdirSync(this.#directory);
  }

  #unused(name: string): string {
    for (let number = 0; ; number++) {
      const candidate = number === 0 ? name : `${name}.${number}`;
      if (!this.#inUse.has(candidate)) {
        return candidate;
      }
    }
  }

  async #with<T>(name: string, mount: CacheMount, body: (directory: string) => Promise<T>): Promise<T> {
    const directory = path.join(this.#directory, name);
    mkdirSync(this.#directory, { recursive: true, mode: 0o711 });
    const made = mkdirSync(directory, { recursive: true, mode: mount.mode });
    if (made !== undefined) {
      chownSync(directory, mount.uid, mount.gid);
    }
    this.#inUse.set(name, (this.#inUse.get(name) ?? 0) + 1);
    try {
      return await body(directory);
    } finally {
      const users = (this.#inUse.get(name) ?? 1) - 1;
      if (users === 0) {
        this.#inUse.delete(name);
      } else {
        this.#inUse.set(name, users);
      }
    }
  }
}
