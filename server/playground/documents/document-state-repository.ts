import type { PrismaClient } from "../../../prisma/generated/client.ts";

/**
 * A document's history beside its file, so that pages which have it open find it again after `web` was away. It is no second
 * copy of the text: where the file says something else, the file is right.
 */
export interface DocumentState {
  epoch: string;
  /** Yjs update: the document as the file was known to have it */
  base: Uint8Array;
  /** Yjs update: what was about to be saved beyond that */
  attempt: Uint8Array;
}

export interface DocumentStateRepository {
  find(workspace: string, path: string): Promise<DocumentState | undefined>;
  /** A workspace keeps its latest ones only. */
  save(workspace: string, path: string, state: DocumentState): Promise<void>;
  remove(workspace: string, path: string): Promise<void>;
  removeAll(workspace: string): Promise<void>;
}

/** Documents of one workspace whose history is kept. */
const mostStates = 16;
/** Bytes of one that is kept; a page comes back to a longer one as to a new document. */
const largestState = 2 * 1024 * 1024;

/** In the page's database (prisma/migrations). */
export class SqlDocumentStateRepository implements DocumentStateRepository {
  readonly #database: Pick<PrismaClient, "$queryRaw" | "$executeRaw">;

  constructor(database: Pick<PrismaClient, "$queryRaw" | "$executeRaw">) {
    this.#database = database;
  }

  async find(workspace: string, path: string): Promise<DocumentState | undefined> {
    const [row] = await this.#database.$queryRaw<DocumentState[]>`
      SELECT "epoch", "base", "attempt" FROM "DocumentState" WHERE "workspace" = ${workspace} AND "path" = ${path}`;
    if (row === undefined) return undefined;
    return { epoch: row.epoch, base: new Uint8Array(row.base), attempt: new Uint8Array(row.attempt) };
  }

  async save(workspace: string, path: string, { epoch, base, attempt }: DocumentState): Promise<void> {
    if (base.length + attempt.length > largestState) return this.remove(workspace, path);
    const [first, then, now] = [Buffer.from(base), Buffer.from(attempt), Date.now()];
    await this.#database.$executeRaw`
      INSERT INTO "DocumentState" ("workspace", "path", "epoch", "base", "attempt", "savedAt")
      VALUES (${workspace}, ${path}, ${epoch}, ${first}, ${then}, ${now})
      ON CONFLICT ("workspace", "path")
      DO UPDATE SET "epoch" = ${epoch}, "base" = ${first}, "attempt" = ${then}, "savedAt" = ${now}`;
    await this.#database.$executeRaw`
      DELETE FROM "DocumentState" WHERE "workspace" = ${workspace} AND "path" NOT IN (
        SELECT "path" FROM "DocumentState" WHERE "workspace" = ${workspace} ORDER BY "savedAt" DESC LIMIT ${mostStates})`;
  }

  async remove(workspace: string, path: string): Promise<void> {
    await this.#database.$executeRaw`DELETE FROM "DocumentState" WHERE "workspace" = ${workspace} AND "path" = ${path}`;
  }

  async removeAll(workspace: string): Promise<void> {
    await this.#database.$executeRaw`DELETE FROM "DocumentState" WHERE "workspace" = ${workspace}`;
  }
}
