import type { Database } from "../metadata/database.ts";
import type { TenantId } from "../tenants/tenant.ts";
import type { Terminal } from "./terminal-service.ts";

/** What is kept of a terminal; its offset is the ring's. */
export type TerminalRecord = Omit<Terminal, "offset">;

/** Terminals of one tenant in the metadata database. */
export class TerminalRecords {
  readonly #database: Database;
  readonly #tenant: TenantId;

  constructor(database: Database, tenant: TenantId) {
    this.#database = database;
    this.#tenant = tenant;
    database.migrate("terminals", [
      "CREATE TABLE terminals (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, record TEXT NOT NULL)",
    ]);
  }

  save(record: TerminalRecord): void {
    this.#database.run(
      "INSERT INTO terminals (id, tenant, record) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record",
      record.id,
      this.#tenant,
      JSON.stringify(record),
    );
  }

  delete(id: string): void {
    this.#database.run("DELETE FROM terminals WHERE id = ?", id);
  }

  load(): TerminalRecord[] {
    return this.#database
      .all<{ record: string }>("SELECT record FROM terminals WHERE tenant = ?", this.#tenant)
      .map((row) => {
        const record = JSON.parse(row.record) as TerminalRecord;
        return { ...record, exitCode: record.exitCode };
      })
      .toSorted((a, b) => a.createdAt - b.createdAt);
  }
}
