import { AlreadyExists, FailedPrecondition, NotFound } from "../errdefs/errors.ts";
import type { Database } from "../metadata/database.ts";
import type { SnapshotInfo, SnapshotKind, SnapshotUsage } from "./snapshotter.ts";

export interface SnapshotRow {
  id: number;
  key: string;
  kind: SnapshotKind;
  parent: number | null;
  parentKey: string | null;
  createdAt: number;
  bytes: number | null;
  inodes: number | null;
}

const columns = `s.id, s.key, s.kind, s.parent, p.key AS parentKey, s.created_at AS createdAt, s.bytes, s.inodes
  FROM snapshots s LEFT JOIN snapshots p ON p.id = s.parent`;

/** The metadata of one snapshotter: names, kinds and parents. Ids are never given twice, so directories cannot be mixed up. */
export class SnapshotTable {
  readonly #db: Database;
  readonly #snapshotter: string;

  constructor(db: Database, snapshotter: string) {
    this.#db = db;
    this.#snapshotter = snapshotter;
    db.migrate("snapshots", [
      `CREATE TABLE snapshots (
         id INTEGER PRIMARY KEY AUTOINCREMENT,
         snapshotter TEXT NOT NULL,
         key TEXT NOT NULL,
         kind TEXT NOT NULL CHECK (kind IN ('active', 'committed', 'view')),
         parent INTEGER REFERENCES snapshots (id),
         created_at INTEGER NOT NULL,
         bytes INTEGER,
         inodes INTEGER,
         UNIQUE (snapshotter, key)
       );
       CREATE INDEX snapshots_by_parent ON snapshots (parent);`,
    ]);
  }

  find(key: string): SnapshotRow | undefined {
    return this.#db.get<SnapshotRow>(`SELECT ${columns} WHERE s.snapshotter = ? AND s.key = ?`, this.#snapshotter, key);
  }

  /** @throws NotFound */
  get(key: string): SnapshotRow {
    const row = this.find(key);
    if (row === undefined) {
      throw new NotFound(`No such snapshot: ${key}`);
    }
    return row;
  }

  /** Ids of the parents of `row`, nearest first. */
  ancestors(row: SnapshotRow): number[] {
    return this.#db
      .all<{ id: number }>(
        `WITH RECURSIVE up (id, depth) AS (
           SELECT ?, 0 UNION ALL
           SELECT s.parent, up.depth + 1 FROM snapshots s JOIN up ON s.id = up.id WHERE s.parent IS NOT NULL
         ) SELECT id FROM up WHERE depth > 0 ORDER BY depth`,
        row.id,
      )
      .map(({ id }) => id);
  }

  list(): SnapshotRow[] {
    return this.#db.all<SnapshotRow>(`SELECT ${columns} WHERE s.snapshotter = ? ORDER BY s.id`, this.#snapshotter);
  }

  /**
   * Adds a snapshot; `place` puts its directory where its id says, within the same transaction.
   * @throws AlreadyExists (key), NotFound (parent), FailedPrecondition (parent not committed)
   */
  insert(key: string, kind: SnapshotKind, parentKey: string | undefined, place: (id: number) => void): void {
    this.#db.transaction(() => {
      const parent = this.checkNew(key, parentKey);
      this.#db.run(
        "INSERT INTO snapshots (snapshotter, key, kind, parent, created_at) VALUES (?, ?, ?, ?, ?)",
        this.#snapshotter,
        key,
        kind,
        parent?.id ?? null,
        Date.now(),
      );
      place(this.get(key).id);
    });
  }

  /** What `insert` would refuse, and the parent's row. */
  checkNew(key: string, parentKey: string | undefined): SnapshotRow | undefined {
    if (this.find(key) !== undefined) {
      throw new AlreadyExists(`snapshot ${key} exists already`);
    }
    const parent = parentKey === undefined ? undefined : this.get(parentKey);
    if (parent !== undefined && parent.kind !== "committed") {
      throw new FailedPrecondition(`snapshot ${parent.key} cannot be a parent: it is ${parent.kind}, not committed`);
    }
    return parent;
  }

  /** @throws NotFound, AlreadyExists (name), FailedPrecondition (not active) */
  commit(name: string, key: string): SnapshotRow {
    return this.#db.transaction(() => {
      const row = this.get(key);
      if (row.kind !== "active") {
        throw new FailedPrecondition(`snapshot ${key} cannot be committed: it is ${row.kind}, not active`);
      }
      if (name !== key && this.find(name) !== undefined) {
        throw new AlreadyExists(`snapshot ${name} exists already`);
      }
      this.#db.run("UPDATE snapshots SET key = ?, kind = 'committed' WHERE id = ?", name, row.id);
      return row;
    });
  }

  /** @throws NotFound, FailedPrecondition (has children) */
  delete(key: string): SnapshotRow {
    return this.#db.transaction(() => {
      const row = this.get(key);
      const child = this.#db.get<{ key: string }>("SELECT key FROM snapshots WHERE parent = ? LIMIT 1", row.id);
      if (child !== undefined) {
        throw new FailedPrecondition(`snapshot ${key} cannot be removed: ${child.key} is based on it`);
      }
      this.#db.run("DELETE FROM snapshots WHERE id = ?", row.id);
      return row;
    });
  }

  /** Deletes a snapshot with all that is based on it. */
  forget(id: number): void {
    this.#db.transaction(() => {
      for (const child of this.#db.all<{ id: number }>("SELECT id FROM snapshots WHERE parent = ?", id)) {
        this.forget(child.id);
      }
      this.#db.run("DELETE FROM snapshots WHERE id = ?", id);
    });
  }

  setUsage(id: number, usage: SnapshotUsage): void {
    this.#db.run("UPDATE snapshots SET bytes = ?, inodes = ? WHERE id = ?", usage.bytes, usage.inodes, id);
  }
}

export function infoOf(row: SnapshotRow): SnapshotInfo {
  return { key: row.key, kind: row.kind, parent: row.parentKey ?? undefined, createdAt: row.createdAt };
}
