/** The page's repositories on both databases, one suite: SQLite, and a real PostgreSQL that this file starts. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "../../../server/playground/database/database.ts";
import { ownedDirectory } from "../../suites/owned-directory.ts";
import { pageRepositoriesSuite } from "../../suites/page-repositories.ts";
import { startPostgres } from "../../suites/services.ts";

pageRepositoriesSuite("SQLite", async () => {
  const directory = ownedDirectory("drydock-sqlite-");
  const stop = async (): Promise<void> => rmSync(directory, { recursive: true });
  return { url: `file:${join(directory, "playground.db")}`, stop };
});
pageRepositoriesSuite("PostgreSQL", async () => {
  const postgres = await startPostgres();
  // Webs that start together: one makes the tables, the others wait for it.
  const together = await Promise.all([1, 2, 3].map(() => openDatabase(postgres.url)));
  await Promise.all(together.map((database) => database.$disconnect()));
  return postgres;
});
