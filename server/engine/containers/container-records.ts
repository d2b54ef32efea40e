import type { Database } from "../metadata/database.ts";
import type { TenantId } from "../tenants/tenant.ts";
import type { Container } from "./container.ts";

/** Container records in the metadata database: the record as JSON, with the columns that must be unique. */
export class ContainerRecords {
  /** Ids of all tenants' containers. */
  static allIds(database: Database): Set<string> {
    return new Set(database.all<{ id: string }>("SELECT id FROM containers").map(({ id }) => id));
  }

  readonly #database: Database;
  readonly #tenant: TenantId;

  constructor(database: Database, tenant: TenantId) {
    this.#database = database;
    this.#tenant = tenant;
    database.migrate("containers", [
      `CREATE TABLE containers (
        id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, record TEXT NOT NULL,
        UNIQUE (tenant, name))`,
    ]);
  }

  /** Inserts or replaces. */
  save(container: Container): void {
    this.#database.run(
      `INSERT INTO containers (id, tenant, name, record) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, record = excluded.record`,
      container.id,
      this.#tenant,
      container.name,
      JSON.stringify(container),
    );
  }

  delete(id: string): void {
    this.#database.run("DELETE FROM containers WHERE id = ?", id);
  }

  load(): Container[] {
    return this.#database
      .all<{ record: string }>("SELECT record FROM containers WHERE tenant = ?", this.#tenant)
      .map((row) => {
        const record = JSON.parse(row.record) as Container;
        // JSON drops what is undefined; the type has these always.
        return { ...record, startedAt: record.startedAt, finishedAt: record.finishedAt, health: record.health };
      });
  }
}
