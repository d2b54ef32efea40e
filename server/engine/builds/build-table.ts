import type { BuildStart, BuildSummary } from "../../contract/extension-api.ts";
import type { Database } from "../metadata/database.ts";
import type { TenantId } from "../tenants/tenant.ts";

interface Row {
  id: string;
  status: BuildSummary["status"];
  tags: string;
  context_path: string;
  dockerfile: string;
  image_id: string | null;
  error: string | null;
  started_at: number;
  finished_at: number | null;
  context_version: string | null;
  base: string | null;
  first_run: string | null;
  sent: number | null;
  by_hand: number | null;
  target: string | null;
}

/** Of `Row`: what was asked for is not among them, which may be megabytes. */
const columns = `id, status, tags, context_path, dockerfile, image_id, error, started_at, finished_at, context_version, base,
  first_run, sent, by_hand, target`;

/** How a build ended. */
interface BuildEnd extends Pick<BuildSummary, "status" | "imageId" | "error" | "base" | "telling" | "byHand"> {
  at: number;
}

/** Why a build is `interrupted`. */
export const interruption = "drydockd was restarted while it ran: build again, what was finished is in the cache";

/** Build records of all tenants; each method is about one. */
export class BuildTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.migrate("builds", [
      `CREATE TABLE builds (
        id TEXT PRIMARY KEY, tenant TEXT NOT NULL, status TEXT NOT NULL, tags TEXT NOT NULL,
        context_path TEXT NOT NULL, dockerfile TEXT NOT NULL, image_id TEXT, error TEXT,
        started_at INTEGER NOT NULL, finished_at INTEGER);
       CREATE INDEX builds_of_tenant ON builds (tenant, started_at)`,
      "ALTER TABLE builds ADD COLUMN request TEXT",
      `ALTER TABLE builds ADD COLUMN context_version TEXT;
       ALTER TABLE builds ADD COLUMN base TEXT;
       ALTER TABLE builds ADD COLUMN first_run TEXT`,
      "ALTER TABLE builds ADD COLUMN sent INTEGER",
      "ALTER TABLE builds ADD COLUMN by_hand INTEGER",
      "ALTER TABLE builds ADD COLUMN target TEXT",
    ]);
  }

  /** @param request undefined: it cannot be done again */
  insert(tenant: TenantId, build: BuildSummary, request: BuildStart | undefined): void {
    this.#database.run(
      `INSERT INTO builds
         (id, tenant, status, tags, context_path, dockerfile, started_at, request, context_version, sent, target)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      build.id,
      tenant,
      build.status,
      JSON.stringify(build.tags),
      build.contextPath ?? "",
      build.dockerfile,
      build.startedAt,
      request === undefined ? null : JSON.stringify(request),
      build.contextVersion ?? null,
      build.contextPath === undefined ? 1 : null,
      build.target ?? null,
    );
  }

  /** What was asked for; undefined for builds that a client sent, and those of versions that did not keep it. */
  request(tenant: TenantId, id: string): BuildStart | undefined {
    const sql = "SELECT request FROM builds WHERE tenant = ? AND id = ?";
    const row = this.#database.get<{ request: string | null }>(sql, tenant, id);
    return row?.request === undefined || row.request === null ? undefined : (JSON.parse(row.request) as BuildStart);
  }

  settle(id: string, end: BuildEnd): void {
    this.#database.run(
      `UPDATE builds SET status = ?, image_id = ?, error = ?, finished_at = ?, base = ?, first_run = ?, by_hand = ?
       WHERE id = ?`,
      end.status,
      end.imageId ?? null,
      end.error ?? null,
      end.at,
      end.base ?? null,
      end.telling ?? null,
      end.byHand === true ? 1 : null,
      id,
    );
  }

  find(tenant: TenantId, id: string): BuildSummary | undefined {
    const row = this.#database.get<Row>(`SELECT ${columns} FROM builds WHERE tenant = ? AND id = ?`, tenant, id);
    return row === undefined ? undefined : summaryOf(row);
  }

  /** Newest first. */
  list(tenant: TenantId): BuildSummary[] {
    return this.#database
      .all<Row>(`SELECT ${columns} FROM builds WHERE tenant = ? ORDER BY started_at DESC, rowid DESC`, tenant)
      .map(summaryOf);
  }

  /** Ids of all but the newest. */
  older(tenant: TenantId, newest: number): string[] {
    const sql = "SELECT id FROM builds WHERE tenant = ? ORDER BY started_at DESC, rowid DESC LIMIT -1 OFFSET ?";
    return this.#database.all<{ id: string }>(sql, tenant, newest).map(({ id }) => id);
  }

  remove(id: string): void {
    this.#database.run("DELETE FROM builds WHERE id = ?", id);
  }

  removeAll(tenant: TenantId): void {
    this.#database.run("DELETE FROM builds WHERE tenant = ?", tenant);
  }

  /** Builds that ran when the last `drydockd` ended. */
  interruptAll(tenant: TenantId): void {
    this.#database.run(
      "UPDATE builds SET status = 'interrupted', finished_at = ?, error = ? WHERE tenant = ? AND status = 'running'",
      Date.now(),
      interruption,
      tenant,
    );
  }
}

function summaryOf(row: Row): BuildSummary {
  return {
    id: row.id,
    status: row.status,
    tags: JSON.parse(row.tags) as string[],
    ...(row.sent === null ? { contextPath: row.context_path } : {}),
    dockerfile: row.dockerfile,
    startedAt: row.started_at,
    ...(row.image_id === null ? {} : { imageId: row.image_id }),
    ...(row.error === null ? {} : { error: row.error }),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
    ...(row.context_version === null ? {} : { contextVersion: row.context_version }),
    ...(row.base === null ? {} : { base: row.base }),
    ...(row.first_run === null ? {} : { telling: row.first_run }),
    ...(row.by_hand === null ? {} : { byHand: true }),
    ...(row.target === null ? {} : { target: row.target }),
  };
}
