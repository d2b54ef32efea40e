import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CommandError } from "./command-error.ts";
import type { Settings } from "./settings.ts";

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

/**
 * The page's database (prisma/schema.prisma), for the operator, while `web` runs or not: SQLite locks it between both.
 * Empty where there is none yet.
 */
export class PageDatabase implements Disposable {
  readonly #database: DatabaseSync | undefined;

  /** @throws CommandError when this user may not open it */
  constructor(settings: Pick<Settings, "webData">) {
    const path = join(settings.webData, "playground.db");
    if (process.getuid?.() !== 0) throw new CommandError("the page's database is web's and root's: run this with sudo");
    if (existsSync(path)) this.#database = new DatabaseSync(path, { timeout: 10_000 });
  }

  workspaces(): PageWorkspace[] {
    return this.#rows('SELECT "id", "name", "lastActiveAt" FROM "Workspace"').map(({ id, name, lastActiveAt }) => ({
      id: String(id),
      name: String(name),
      lastActiveAt: dateOf(lastActiveAt),
    }));
  }

  /** The newest first. */
  shares(): Share[] {
    return this.#rows('SELECT "id", "title", "createdAt", LENGTH("content") AS "size" FROM "Snippet"')
      .map(({ id, title, createdAt, size }) => ({
        id: String(id),
        title: String(title),
        createdAt: dateOf(createdAt),
        size: Number(size),
      }))
      .toSorted((a, b) => Number(b.createdAt) - Number(a.createdAt));
  }

  /** What was shared is deleted; that there was a share stays (`snippet-repository.ts`). */
  revoke(id: string): void {
    this.#database?.prepare(`UPDATE "Snippet" SET "content" = '' WHERE "id" = ?`).run(id);
  }

  [Symbol.dispose](): void {
    this.#database?.close();
  }

  #rows(sql: string): Record<string, unknown>[] {
    return this.#database?.prepare(sql).all() ?? [];
  }
}

/** Prisma writes ISO 8601 or ms since the epoch; SQLite's own CURRENT_TIMESTAMP has neither T nor Z. */
function dateOf(value: unknown): Date {
  if (typeof value !== "string") return new Date(Number(value));
  return new Date(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(value) ? `${value.replace(" ", "T")}Z` : value);
}
