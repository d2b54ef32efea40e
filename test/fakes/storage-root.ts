import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Database } from "#engine/metadata/database.ts";
import { unmountAll } from "#engine/mount/local-mounter.ts";
import { mountPointsBeneath } from "#engine/mount/mount-table.ts";
import { openStorage, type Storage } from "#engine/storage.ts";

/** A storage on a scratch directory, to be reopened and thrown away. Needs root. */
export class StorageRoot {
  readonly base = mkdtempSync(join(tmpdir(), "drydock-storage-"));
  readonly errors: Error[] = [];
  readonly #snapshotter: "overlay" | "copy";
  #db: Database | undefined;
  #storage: Storage | undefined;

  constructor(snapshotter: "overlay" | "copy") {
    this.#snapshotter = snapshotter;
  }

  async open(options: { graceMs?: number } = {}): Promise<Storage> {
    await this.close();
    this.#db = new Database(join(this.base, "metadata.db"));
    this.#storage = await openStorage({
      dataRoot: join(this.base, "data"),
      runRoot: join(this.base, "run"),
      db: this.#db,
      snapshotter: this.#snapshotter,
      onError: (error) => this.errors.push(error),
      ...options,
    });
    return this.#storage;
  }

  async close(): Promise<void> {
    await this.#storage?.close();
    this.#db?.close();
    this.#storage = undefined;
    this.#db = undefined;
  }

  async dispose(): Promise<void> {
    await this.close();
    mountPointsBeneath(this.base).forEach(unmountAll);
    rmSync(this.base, { recursive: true });
  }

  /** Mounts snapshot `key`, runs `body` on it, unmounts. */
  async inside<T>(key: string, body: (root: string) => T): Promise<T> {
    if (this.#storage === undefined) {
      throw new Error("open the storage first");
    }
    const target = join(this.base, "run", "root");
    await this.#storage.mounter.mount(this.#storage.snapshots.mounts(key), target);
    try {
      return body(target);
    } finally {
      await this.#storage.mounter.unmount(target);
    }
  }

  /** Everything in snapshot `key`, one line per file, with what it is. */
  async describe(key: string): Promise<string[]> {
    const script = "cd $1 && find . -mindepth 1 -printf '%p %y %m %U:%G %l\n' | sort";
    return this.inside(key, (root) =>
      execFileSync("sh", ["-c", script, "sh", root], { encoding: "utf8" }).split("\n").filter(Boolean),
    );
  }
}
