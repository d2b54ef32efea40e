import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { PrismaClient } from "../../../prisma/generated/client.ts";

const migrations = fileURLToPath(new URL("../../../prisma/migrations/", import.meta.url));

/** The migrations are in SQLite's words, and have no types but these and TEXT: what PostgreSQL calls them. */
const words = {
  sqlite: {},
  postgresql: { BLOB: "BYTEA", DATETIME: "TIMESTAMP(3)", INTEGER: "BIGINT" },
} as const satisfies Record<string, Record<string, string>>;
export type Dialect = keyof typeof words;

/** Held until the end of the transaction, so that of several webs that start together one changes the tables. */
const turn = 0x6472_7964;

/** Runs the SQL files not run yet, in the order of their names, all in one transaction with their records. */
export async function migrate(prisma: PrismaClient, dialect: Dialect): Promise<void> {
  const run = async (tx: Pick<PrismaClient, "$executeRawUnsafe" | "$queryRawUnsafe">): Promise<void> => {
    if (dialect === "postgresql") await tx.$executeRawUnsafe(`SELECT pg_advisory_xact_lock(${turn})`);
    await tx.$executeRawUnsafe('CREATE TABLE IF NOT EXISTS "_migrations" ("name" TEXT NOT NULL PRIMARY KEY)');
    const done = await tx.$queryRawUnsafe<{ name: string }[]>('SELECT "name" FROM "_migrations"');
    const names = new Set(done.map((row) => row.name));
    const files = (await readdir(migrations)).filter((name) => name.endsWith(".sql") && !names.has(name));
    for (const name of files.toSorted()) {
      for (const statement of statementsOf(await readFile(`${migrations}${name}`, "utf8"), dialect)) {
        await tx.$executeRawUnsafe(statement);
      }
      // A name of ours: letters, digits and dashes.
      await tx.$executeRawUnsafe(`INSERT INTO "_migrations" ("name") VALUES ('${name}')`);
    }
  };
  await prisma.$transaction(run, { maxWait: 60_000, timeout: 60_000 });
}

/** Of one file, in the dialect's words. */
export function statementsOf(sql: string, dialect: Dialect): string[] {
  const translated = Object.entries(words[dialect]).reduce(
    (text, [ours, theirs]) => text.replaceAll(new RegExp(`\\b${ours}\\b`, "g"), theirs),
    sql,
  );
  return translated.split(/;\s*$/m).filter((statement) => statement.trim() !== "");
}
