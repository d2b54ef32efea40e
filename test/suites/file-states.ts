import { createHash } from "node:crypto";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { inspect } from "node:util";

/**
 * A line for each file, directory and link beneath a directory, which is another one after any change of it. Of a SQLite
 * database it is what is in it that counts, not how the file has it.
 * @param except paths relative to the directory
 */
export function fileStates(directory: string, except: RegExp): string[] {
  const states: string[] = [];
  const go = (above: string): void => {
    for (const entry of readdirSync(join(directory, above), { withFileTypes: true })) {
      const path = join(above, entry.name);
      if (except.test(path)) continue;
      states.push(`${path} ${stateOf(join(directory, path))}`);
      if (entry.isDirectory()) go(path);
    }
  };
  go("");
  return states.toSorted();
}

function stateOf(path: string): string {
  if (path.endsWith(".db")) return contentOf(path);
  const stat = lstatSync(path);
  const owned = `${stat.mode.toString(8)} ${stat.uid}`;
  return stat.isDirectory() ? owned : `${owned} ${stat.size} ${stat.mtimeMs}`;
}

function contentOf(path: string): string {
  using database = new DatabaseSync(path, { readOnly: true });
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all();
  const digests = tables.map(({ name }) => {
    const rows = database.prepare(`SELECT * FROM "${String(name)}"`).all();
    const hash = createHash("sha256").update(
      inspect(rows, { depth: null, maxArrayLength: null, maxStringLength: null }),
    );
    return `${String(name)}=${hash.digest("hex").slice(0, 12)}`;
  });
  return digests.join(" ");
}
