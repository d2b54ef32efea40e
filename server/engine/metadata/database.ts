import { DatabaseSync, type StatementSync } from "node:sqlite";

/**
 * The engine's metadata: one SQLite file in WAL mode, opened by the one `drydockd` of the state directory.
 *
 * A transaction that returned survives the death of the process at any moment. It is not flushed to the disk at once
 * (`synchronous = NORMAL`): a flush waits for whatever else the disk is writing, and would hold up everybody on this
 * thread. When the machine loses power the last transactions may be undone, whole and in order, never in part.
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
    this.#sqlite.exec("BEGIN IMMEDIATE");
    this.#depth++;
    try {
      const result = body();
      this.#sqlite.exec("COMMIT");
      return result;
    } catch (error) {
      this.#sqlite.exec("ROLLBACK");
      throw error;
    } finally {
      this.#depth--;
    }
  }

  run(sql: string, ...values: SqlValue[]): { changes: number } {
    return { changes: Number(this.#prepare(sql).run(...values).changes) };
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

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

export type SqlValue = string | number | bigint | null | Uint8Array;
