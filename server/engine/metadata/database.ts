import { statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { DiskFull } from "../errdefs/errors.ts";

/** Bytes that the files hold in reserve, see `#keepReserve`. */
const reserve = 4 * 1024 * 1024;
const reservePages = reserve / 4096;
/** SQLite's result codes (sqlite.org/rescode.html) where the disk has no room: SQLITE_FULL, SQLITE_IOERR_SHMSIZE */
const fullCodes = [13, 4874];

/**
 * The engine's metadata: one SQLite file in WAL mode, opened by the one `drydockd` of the state directory.
 *
 * A transaction that returned survives the death of the process at any moment. It is not flushed to the disk at once
 * (`synchronous = NORMAL`): a flush waits for whatever else the disk is writing, and would hold up everybody on this
 * thread. When the machine loses power the last transactions may be undone, whole and in order, never in part.
 *
 * On a full disk a small reserve lets what is there still be changed and removed; beyond it: ResourceExhausted.
 *
 * Calls are synchronous and short. Each component owns its tables and creates them with `migrate`.
 */
export class Database {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;

  /** @param path a file, or `:memory:` */
  constructor(path: string) {
    this.#sqlite = new DatabaseSync(path);
    this.#sqlite.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;");
    this.#sqlite.exec(
      "CREATE TABLE IF NOT EXISTS schema_version (component TEXT PRIMARY KEY, version INTEGER NOT NULL)",
    );
    if (path !== ":memory:") {
      this.#keepReserve(`${path}-wal`);
    }
  }

  /** Brings `component`'s tables up to date: `steps[n]` takes version n to n + 1. Steps are only ever appended. */
  migrate(component: string, steps: readonly string[]): void {
    this.transaction(() => {
      const row = this.get<{ version: number }>("SELECT version FROM schema_version WHERE component = ?", component);
      for (const step of steps.slice(row?.version ?? 0)) {
        this.#sqlite.exec(step);
      }
      this.run(
        "INSERT INTO schema_version (component, version) VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version",
        component,
        steps.length,
      );
    });
  }

  /** All or nothing. Nested calls join the outer transaction. `body` must be synchronous. */
  transaction<T>(body: () => T): T {
    if (this.#depth > 0) {
      return body();
    }
    this.#attempt(() => this.#sqlite.exec("BEGIN IMMEDIATE"));
    this.#depth++;
    try {
      const result = body();
      this.#attempt(() => this.#sqlite.exec("COMMIT"));
      return result;
    } catch (error) {
      // After some failures, such as a full disk, SQLite has done it already.
      if (this.#sqlite.isTransaction) {
        this.#sqlite.exec("ROLLBACK");
      }
      throw error;
    } finally {
      this.#depth--;
    }
  }

  run(sql: string, ...values: SqlValue[]): { changes: number } {
    return this.#attempt(() => ({ changes: Number(this.#prepare(sql).run(...values).changes) }));
  }

  /** The first row, shaped as the caller says its columns are. */
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  close(): void {
    this.#statements.clear();
    this.#sqlite.close();
  }

  /**
   * Writes and removes a value: its pages stay in the files, free to be used. So a disk that somebody has filled does
   * not keep us from noting that a container has ended, or from removing one. The log of writes (the WAL file) goes
   * when the database is closed in order; after a crash there is nothing to do here.
   */
  #keepReserve(wal: string): void {
    try {
      const free = this.get<{ freelist_count: number }>("PRAGMA freelist_count")?.freelist_count ?? 0;
      if (free >= reservePages / 2 && (statSync(wal, { throwIfNoEntry: false })?.size ?? 0) >= reserve) {
        return;
      }
      this.#sqlite.exec("CREATE TABLE IF NOT EXISTS reserve (room BLOB)");
      this.#sqlite.exec(`INSERT INTO reserve VALUES (zeroblob(${reserve}))`);
      this.#sqlite.exec("DELETE FROM reserve");
    } catch (error) {
      if (!isFull(error)) {
        throw error;
      }
      // No room to reserve: what was reserved before is still there.
    }
  }

  #attempt<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      if (isFull(error)) {
        throw new DiskFull(
          "there is no space left on the disk for the engine's own records: remove containers or images that are not needed (docker system prune), or make room otherwise",
          { cause: error },
        );
      }
      throw error;
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && fullCodes.includes(Number(error.errcode));
}

export type SqlValue = string | number | bigint | null | Uint8Array;
