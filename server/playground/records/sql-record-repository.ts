import { Prisma, type PrismaClient } from "../../../prisma/generated/client.ts";
import type { Snippet } from "../../contract/playground-api.ts";
import type { RecordRepository, WorkspaceRecord } from "./record-repository.ts";

interface Row {
  workspace: string;
  content: string;
  createdAt: bigint | number;
}

/** Records in the page's database (prisma/migrations). Values are bound, never part of the SQL. */
export class SqlRecordRepository implements RecordRepository {
  readonly #database: Pick<PrismaClient, "$queryRaw" | "$executeRaw">;

  constructor(database: Pick<PrismaClient, "$queryRaw" | "$executeRaw">) {
    this.#database = database;
  }

  async keep(workspace: string, content: Snippet): Promise<void> {
    const [text, now] = [JSON.stringify(content), Date.now()];
    await this.#database.$executeRaw`
      INSERT INTO "Record" ("workspace", "content", "createdAt") VALUES (${workspace}, ${text}, ${now})
      ON CONFLICT ("workspace") DO UPDATE SET "content" = ${text}, "createdAt" = ${now}, "revivedAt" = NULL`;
  }

  async find(workspace: string): Promise<WorkspaceRecord | undefined> {
    const rows = await this.#database.$queryRaw<Row[]>`
      SELECT "workspace", "content", "createdAt" FROM "Record" WHERE "workspace" = ${workspace}`;
    const [row] = rows;
    if (row === undefined) return undefined;
    // Written by `keep`, from the contract's type.
    const content = JSON.parse(row.content) as Snippet;
    return { workspace, content, createdAt: Number(row.createdAt) };
  }

  async expired(workspaces: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (workspaces.length === 0) return new Map();
    const rows = await this.#database.$queryRaw<Pick<Row, "workspace" | "createdAt">[]>`
      SELECT "workspace", "createdAt" FROM "Record"
      WHERE "revivedAt" IS NULL AND "workspace" IN (${Prisma.join([...workspaces])})`;
    return new Map(rows.map((row) => [row.workspace, Number(row.createdAt)]));
  }

  async revive(workspace: string): Promise<void> {
    await this.#database.$executeRaw`UPDATE "Record" SET "revivedAt" = ${Date.now()} WHERE "workspace" = ${workspace}`;
  }

  async remove(workspace: string): Promise<void> {
    await this.#database.$executeRaw`DELETE FROM "Record" WHERE "workspace" = ${workspace}`;
  }

  async madeBefore(time: number): Promise<string[]> {
    const rows = await this.#database.$queryRaw<Pick<Row, "workspace">[]>`
      SELECT "workspace" FROM "Record" WHERE "createdAt" < ${time} AND "revivedAt" IS NULL LIMIT 500`;
    return rows.map((row) => row.workspace);
  }
}
