import { PrismaLibSQL } from "@prisma/adapter-libsql";
import { PrismaClient } from "../../../prisma/generated/client.ts";
import { migrate } from "./migrate.ts";

/**
 * Opens the playground's database, bringing its tables up to date first.
 * @param url `file:…` of SQLite, or `postgresql://…` (config.ts)
 */
export async function openDatabase(url: string): Promise<PrismaClient> {
  const isPostgres = !url.startsWith("file:");
  const prisma = isPostgres ? await openPostgres(url) : new PrismaClient({ adapter: new PrismaLibSQL({ url }) });
  try {
    if (!isPostgres) await prisma.$queryRawUnsafe("PRAGMA journal_mode = WAL");
    await migrate(prisma, isPostgres ? "postgresql" : "sqlite");
  } catch (error) {
    await prisma.$disconnect();
    throw error;
  }
  return prisma;
}

/** Loaded when asked for: most playgrounds have SQLite. Both clients are of one schema (prisma/generate.ts), and so alike. */
async function openPostgres(url: string): Promise<PrismaClient> {
  const { PrismaPg } = await import("@prisma/adapter-pg");
  const { href } = new URL("../../../prisma/generated/postgresql/client.ts", import.meta.url);
  const generated = (await import(href)) as typeof import("../../../prisma/generated/client.ts");
  const adapter = new PrismaPg(
    { connectionString: url },
    { onPoolError: (error) => console.error("A connection to PostgreSQL is lost.", error) },
  );
  return new generated.PrismaClient({ adapter });
}
