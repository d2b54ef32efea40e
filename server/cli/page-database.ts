import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CommandError } from "./command-error.ts";
import { operatorEnvironment, type Settings } from "./settings.ts";

/** A learner's workspace on the page; its tenant has the same id. */
export interface PageWorkspace {
  id: string;
  name: string;
  lastActiveAt: Date;
}

/** A share, which whoever has its link can see. */
export interface Share {
  id: string;
  title: string;
  createdAt: Date;
  /** bytes of what is shared; 0 once it was revoked */
  size: number;
}

/** Who may come into another one's workspace (`member-repository.ts`). */
export interface Guest {
  /** the table */
  kind: "Member" | "Invitation";
  workspace: string;
  /** the session that came, or the id of the link by which anybody comes */
  key: string;
  role: string;
}

const guestKeys: Record<Guest["kind"], string> = { Member: "session", Invitation: "id" };

/** Asks one statement; values are `$1`, `$2`. */
interface Connection {
  rows(sql: string, values?: readonly string[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** The page's database (prisma/schema.prisma), for the operator, while `web` runs or not. Empty where there is none yet. */
export class PageDatabase implements AsyncDisposable {
  readonly #connection: Connection | undefined;

  private constructor(connection: Connection | undefined) {
    this.#connection = connection;
  }

  /** @throws CommandError when this user may not open it, or PostgreSQL does not answer */
  static async open(settings: Pick<Settings, "webData">): Promise<PageDatabase> {
    if (process.getuid?.() !== 0) throw new CommandError("the page's database is web's and root's: run this with sudo");
    const url = operatorEnvironment()["DRYDOCK_DATABASE_URL"] ?? "";
    if (url !== "") return new PageDatabase(await connectPostgres(url));
    const path = join(settings.webData, "playground.db");
    return new PageDatabase(existsSync(path) ? openSqlite(path) : undefined);
  }

  async workspaces(): Promise<PageWorkspace[]> {
    const rows = await this.#rows('SELECT "id", "name", "lastActiveAt" FROM "Workspace"');
    return rows.map(({ id, name, lastActiveAt }) => ({
      id: String(id),
      name: String(name),
      lastActiveAt: dateOf(lastActiveAt),
    }));
  }

  /** The newest first. */
  async shares(): Promise<Share[]> {
    const rows = await this.#rows('SELECT "id", "title", "createdAt", LENGTH("content") AS "size" FROM "Snippet"');
    return rows
      .map(({ id, title, createdAt, size }) => ({
        id: String(id),
        title: String(title),
        createdAt: dateOf(createdAt),
        size: Number(size),
      }))
      .toSorted((a, b) => Number(b.createdAt) - Number(a.createdAt));
  }

  /** What was shared is deleted; that there was a share stays (`snippet-repository.ts`). */
  async revoke(id: string): Promise<void> {
    await this.#rows(`UPDATE "Snippet" SET "content" = '' WHERE "id" = $1`, [id]);
  }

  async guests(): Promise<Guest[]> {
    const guests: Guest[] = [];
    for (const [kind, key] of Object.entries(guestKeys) as [Guest["kind"], string][]) {
      const rows = await this.#rows(`SELECT "workspace", "${key}" AS "key", "role" FROM "${kind}"`);
      for (const row of rows) {
        guests.push({ kind, workspace: String(row["workspace"]), key: String(row["key"]), role: String(row["role"]) });
      }
    }
    return guests;
  }

  async removeGuest({ kind, workspace, key }: Guest): Promise<void> {
    await this.#rows(`DELETE FROM "${kind}" WHERE "workspace" = $1 AND "${guestKeys[kind]}" = $2`, [workspace, key]);
  }

  /** Gives it the role. */
  async changeGuest({ kind, workspace, key, role }: Guest): Promise<void> {
    const which = `"workspace" = $1 AND "${guestKeys[kind]}" = $2`;
    await this.#rows(`UPDATE "${kind}" SET "role" = $3 WHERE ${which}`, [workspace, key, role]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection?.close();
  }

  async #rows(sql: string, values: readonly string[] = []): Promise<Record<string, unknown>[]> {
    return (await this.#connection?.rows(sql, values)) ?? [];
  }
}

/** SQLite locks it between `web` and us. */
function openSqlite(path: string): Connection {
  const database = new DatabaseSync(path, { timeout: 10_000 });
  return {
    rows: async (sql, values = []) =>
      database.prepare(sql).all(Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]))),
    close: async () => database.close(),
  };
}

async function connectPostgres(url: string): Promise<Connection> {
  const { Client } = await import("pg");
  // Everything as text: its own dates would be read as local ones.
  const types = { getTypeParser: () => String };
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000, types });
  try {
    await client.connect();
  } catch (error) {
    throw new CommandError(
      `the page's database (DRYDOCK_DATABASE_URL) does not answer: ${(error as Error).message}. Does PostgreSQL run?`,
    );
  }
  return {
    rows: async (sql, values = []) => (await client.query<Record<string, unknown>>(sql, [...values])).rows,
    close: () => client.end(),
  };
}

/** Prisma writes ISO 8601 or ms since the epoch; SQLite's own CURRENT_TIMESTAMP has neither T nor Z, nor has PostgreSQL. */
function dateOf(value: unknown): Date {
  if (typeof value !== "string") return new Date(Number(value));
  return new Date(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$/.test(value) ? `${value.replace(" ", "T")}Z` : value);
}
