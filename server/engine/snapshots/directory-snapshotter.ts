import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DataLoss, NotFound } from "../errdefs/errors.ts";
import type { Database } from "../metadata/database.ts";
import { fileError } from "../mount/errno.ts";
import type { Mount } from "../mount/mount.ts";
import { spreadDirectories } from "../mount/spread.ts";
import { diskUsage } from "./disk-usage.ts";
import { infoOf, type SnapshotRow, SnapshotTable } from "./snapshot-table.ts";
import type { SnapshotTree, SnapshotTrees } from "./snapshot-tree.ts";
import type { SnapshotInfo, Snapshotter, SnapshotUsage } from "./snapshotter.ts";
import { Trash } from "./trash.ts";

/** How one snapshotter fills and mounts the directories that `DirectorySnapshotter` keeps. */
export interface SnapshotFormat {
  readonly name: string;
  readonly tree: SnapshotTree["format"];
  /** Fills the new snapshot directory `dir` (with `fs/` in it) on top of `parent`'s. */
  populate(dir: string, parent: string | undefined): Promise<void>;
  /** `parents` nearest first; all are snapshot directories with `fs/` in them. */
  mounts(dir: string, parents: string[], writable: boolean): Mount[];
  /** Frees what only a writable snapshot needs. */
  seal(dir: string): void;
}

export interface DirectorySnapshotterOptions {
  db: Database;
  /** holds one directory per snapshot, named by its number in base 36, and `trash/` */
  dir: string;
  /** makes what is put into a new directory count for its owner */
  assign?: (directory: string, owner: number) => void;
  /** told of failures in the background; default: a process warning */
  onError?: (error: Error) => void;
}

/**
 * Snapshots as directories beside each other, their names and parents in the database.
 *
 * A directory is made under a temporary name and renamed to its number in the transaction that adds the row; a row goes
 * before its directory. So a crash leaves directories without rows, never rows without directories, and the
 * constructor throws the former away (as well as rows whose directory was lost by other means).
 */
export class DirectorySnapshotter implements Snapshotter, SnapshotTrees {
  readonly name: string;
  readonly #format: SnapshotFormat;
  readonly #dir: string;
  readonly #table: SnapshotTable;
  readonly #trash: Trash;
  readonly #assign: DirectorySnapshotterOptions["assign"];
  readonly #onError: (error: Error) => void;

  constructor(format: SnapshotFormat, options: DirectorySnapshotterOptions) {
    this.name = format.name;
    this.#format = format;
    this.#dir = options.dir;
    this.#assign = options.assign;
    this.#onError = options.onError ?? ((error) => process.emitWarning(error));
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
    spreadDirectories(options.dir);
    this.#table = new SnapshotTable(options.db, format.name);
    this.#trash = new Trash(join(options.dir, "trash"), this.#onError);
    this.#discardLeftovers();
  }

  stat(key: string): SnapshotInfo {
    return infoOf(this.#table.get(key));
  }

  async prepare(
    key: string,
    parent: string | undefined,
    kind: "active" | "view" = "active",
    owner?: number,
  ): Promise<void> {
    const parentRow = this.#table.checkNew(key, parent);
    const temporary = join(this.#dir, `new-${randomUUID()}`);
    try {
      mkdirSync(temporary, { mode: 0o755 });
      if (owner !== undefined) this.#assign?.(temporary, owner);
      mkdirSync(join(temporary, "fs"), { mode: 0o755 });
      await this.#format.populate(temporary, parentRow === undefined ? undefined : this.#directory(parentRow.id));
      this.#table.insert(key, kind, parent, (id) => renameSync(temporary, this.#directory(id)));
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      throw fileError(`preparing snapshot ${key}`, error);
    }
  }

  mounts(key: string): Mount[] {
    const row = this.#table.get(key);
    return this.#format.mounts(this.#directory(row.id), this.#parents(row), row.kind === "active");
  }

  tree(key: string): SnapshotTree {
    const row = this.#table.get(key);
    const parents = this.#parents(row).map((dir) => join(dir, "fs"));
    return {
      format: this.#format.tree,
      dir: join(this.#directory(row.id), "fs"),
      parents: this.#format.tree === "full" ? parents.slice(0, 1) : parents,
    };
  }

  async commit(name: string, key: string): Promise<void> {
    const row = this.#table.commit(name, key);
    try {
      this.#format.seal(this.#directory(row.id));
    } catch (error) {
      // Only some space is not freed: the snapshot is committed.
      this.#onError(fileError(`clearing the work directory of snapshot ${name}`, error));
    }
  }

  async remove(key: string): Promise<void> {
    const row = this.#table.delete(key);
    this.#trash.discard(this.#directory(row.id));
  }

  async usage(key: string, ignored: readonly string[] = []): Promise<SnapshotUsage> {
    const row = this.#table.get(key);
    if (row.bytes !== null && row.inodes !== null) {
      return { bytes: row.bytes, inodes: row.inodes };
    }
    const { contents, ...usage } = await diskUsage(join(this.#directory(row.id), "fs"), ignored);
    if (row.kind === "committed") {
      this.#table.setUsage(row.id, usage);
      return usage;
    }
    if (this.#table.find(key) === undefined) {
      throw new NotFound(`No such snapshot: ${key}`);
    }
    return { ...usage, contents };
  }

  list(): SnapshotInfo[] {
    return this.#table.list().map(infoOf);
  }

  /** Resolves when removed snapshots are gone from the disk. */
  idle(): Promise<void> {
    return this.#trash.idle();
  }

  #directory(id: number): string {
    return join(this.#dir, id.toString(36));
  }

  #parents(row: SnapshotRow): string[] {
    return this.#table.ancestors(row).map((id) => this.#directory(id));
  }

  #discardLeftovers(): void {
    // Children come after their parents.
    for (const { id, key } of this.#table.list().toReversed()) {
      if (!existsSync(join(this.#directory(id), "fs"))) {
        this.#onError(
          new DataLoss(`the files of snapshot ${key} are lost; it is forgotten with all that is based on it`),
        );
        this.#table.forget(id);
      }
    }
    const rows = new Set(this.#table.list().map(({ id }) => id.toString(36)));
    for (const name of readdirSync(this.#dir)) {
      if (name !== "trash" && !rows.has(name)) {
        this.#trash.discard(join(this.#dir, name));
      }
    }
  }
}
