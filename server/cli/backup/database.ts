import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** A copy of a database that others may be writing to: as it is after one of their transactions. */
export function copyDatabase(source: string, target: string): void {
  const database = new DatabaseSync(source, { readOnly: true, timeout: 10_000 });
  try {
    database.prepare("VACUUM INTO ?").run(target);
  } finally {
    database.close();
  }
}

/**
 * Takes out of a copy what is not in the database any more: its files may have gone before they were copied. What came
 * since is not in the copy, so its files are nobody's, and are removed at the next start.
 */
export function dropVanished(copy: string, live: string): void {
  if (!existsSync(copy)) return;
  const database = new DatabaseSync(copy);
  try {
    database.prepare("ATTACH ? AS live").run(`file:${encodeURI(live)}?mode=ro`);
    const tables = names(
      database,
      "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    );
    database.exec("PRAGMA foreign_keys = OFF; BEGIN");
    for (const table of tables) {
      const keys = names(database, `SELECT name FROM pragma_table_info(${text(table)}) WHERE pk > 0 ORDER BY pk`);
      const columns = (keys.length === 0 ? ["rowid"] : keys.map(quoted)).join(", ");
      const name = quoted(table);
      database.exec(`DELETE FROM main.${name} WHERE (${columns}) NOT IN (SELECT ${columns} FROM live.${name})`);
    }
    database.exec("COMMIT");
  } finally {
    database.close();
  }
}

function names(database: DatabaseSync, sql: string): string[] {
  return database
    .prepare(sql)
    .all()
    .map((row) => String(row["name"]));
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
