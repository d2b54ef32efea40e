import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { PrismaLibSQL } from "@prisma/adapter-libsql";
import { PrismaClient } from "../../../prisma/generated/client.ts";

const migrations = fileURLToPath(new URL("../../../prisma/migrations/", import.meta.url));

/** Opens the playground's database (a `file:` URL), bringing its tables up to date first. */
export async function openDatabase(url: string): Promise<PrismaClient> {
  const prisma = new PrismaClient({ adapter: new PrismaLibSQL({ url }) });
  await prisma.$queryRawUnsafe("PRAGMA journal_mode = WAL");
  await migrate(prisma);
  return prisma;
}

/** Runs the SQL files not run yet, in the order of their names, each in one transaction with its record. */
async function migrate(prisma: PrismaClient): Promise<void> {
  await prisma.$executeRawUnsafe('CREATE TABLE IF NOT EXISTS "_migrations" ("name" TEXT NOT NULL PRIMARY KEY)');
  const done = await prisma.$queryRawUnsafe<{ name: string }[]>('SELECT "name" FROM "_migrations"');
  const names = new Set(done.map((row) => row.name));
  const files = (await readdir(migrations)).filter((name) => name.endsWith(".sql") && !names.has(name));
  for (const name of files.toSorted()) {
    const statements = (await readFile(`${migrations}${name}`, "utf8")).split(/;\s*$/m);
    await prisma.$transaction([
      ...statements.filter((sql) => sql.trim() !== "").map((sql) => prisma.$executeRawUnsafe(sql)),
      prisma.$executeRawUnsafe('INSERT INTO "_migrations" ("name") VALUES (?)', name),
    ]);
  }
}
