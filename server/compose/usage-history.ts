import type { UsageSample } from "../contract/extension-api.ts";
import type { Database } from "../engine/metadata/database.ts";
import type { TenantLimits } from "../engine/tenants/limits.ts";

const hour = 3_600_000;
/** Hours kept of each tenant: a week. */
const kept = 168;

interface Row {
  hour: number;
  memory: number;
  pids: number;
  disk: number;
  containers: number;
}

/** The most that each tenant used of some things in each hour of the last week. */
export class UsageHistory {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.migrate("usage-history", [
      `CREATE TABLE usage_history (
         tenant TEXT NOT NULL, hour INTEGER NOT NULL,
         memory INTEGER NOT NULL, pids INTEGER NOT NULL, disk INTEGER NOT NULL, containers INTEGER NOT NULL,
         PRIMARY KEY (tenant, hour)
       ) WITHOUT ROWID`,
    ]);
  }

  /** @param tenants what each uses now; those that are not among them are forgotten */
  note(tenants: readonly { id: string; used: TenantLimits }[], now = Date.now()): void {
    const current = Math.floor(now / hour);
    this.#database.transaction(() => {
      for (const { id, used } of tenants) {
        this.#database.run(
          `INSERT INTO usage_history (tenant, hour, memory, pids, disk, containers) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET memory = max(memory, excluded.memory), pids = max(pids, excluded.pids),
             disk = max(disk, excluded.disk), containers = max(containers, excluded.containers)`,
          id,
          current,
          used.memory ?? 0,
          used.pids ?? 0,
          used.disk ?? 0,
          used.containers ?? 0,
        );
      }
      this.#database.run(
        "DELETE FROM usage_history WHERE hour <= ? OR tenant NOT IN (SELECT value FROM json_each(?))",
        current - kept,
        JSON.stringify(tenants.map(({ id }) => id)),
      );
    });
  }

  /** Oldest first. */
  of(tenant: string): UsageSample[] {
    return this.#database
      .all<Row>("SELECT hour, memory, pids, disk, containers FROM usage_history WHERE tenant = ? ORDER BY hour", tenant)
      .map(({ hour: number, ...used }) => ({ from: number * hour, ...used }));
  }
}
