import { existsSync, mkdirSync, mkdtempSync, copyFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readArguments, usageError } from "./arguments.ts";
import { writeArchive } from "./backup/archive.ts";
import { copyDatabase, dropVanished } from "./backup/database.ts";
import { defaultConfigFile } from "../compose/daemon-json/default-file.ts";
import { CommandError } from "./command-error.ts";
import { printable } from "./printable.ts";
import { operatorEnvironment, readSettings, type Settings, settingsFile } from "./settings.ts";
import { requireRoot } from "./setup.ts";
import { step } from "./steps.ts";

/** What the archive says of itself. */
export interface BackupNote {
  format: 1;
  /** ISO 8601 */
  made: string;
  data: string;
  machine: NodeJS.Architecture;
}

/** Copies of databases are given beside them; the rest is made anew, is of no use elsewhere, or is on its way out. */
const left = {
  data: [
    "lock",
    "metadata.db*",
    "log",
    "contexts",
    "snapshots/*/trash",
    "snapshots/*/new-*",
    "tenants/*/uploads",
    "pages*",
  ],
  web: ["playground.db*"],
};

/** `./drydock backup FILE` */
export async function run(args: string[]): Promise<number> {
  const [name] = readArguments("backup", args, {}, 1).positionals;
  if (name === undefined) throw usageError("backup", "backup FILE: which file?");
  requireRoot();
  const settings = readSettings();
  const file = resolve(name);
  if (existsSync(file)) throw new CommandError(`${file} is there already: give another name`);
  if (!existsSync(dirname(file))) throw new CommandError(`there is no directory ${dirname(file)}: make it first`);
  if (!existsSync(join(settings.data, "metadata.db"))) {
    throw new CommandError(`there is nothing in ${settings.data} yet: run 'sudo ./drydock up' first`);
  }
  const unread = await step(`backup of ${settings.data} to ${file}`, () => backUp(settings, file));
  for (const line of unread) process.stdout.write(`! ${printable(line)}\n`);
  process.stdout.write(
    `\n${file}: ${Math.ceil(statSync(file).size / 2 ** 20)} MiB. The way back: sudo ./drydock restore ${name}\n`,
  );
  if ((operatorEnvironment()["DRYDOCK_DATABASE_URL"] ?? "") !== "") {
    process.stdout.write("! The page's database is in PostgreSQL, not in this file: keep it with pg_dump.\n");
  }
  return 0;
}

/** @param file is there whole, or not at all @returns what is not in it, though it should be */
async function backUp(settings: Settings, file: string): Promise<string[]> {
  const { data, webData } = settings;
  const stage = mkdtempSync(join(dirname(file), ".drydock-backup-"));
  const [metadata, playground] = [join(data, "metadata.db"), join(webData, "playground.db")];
  try {
    for (const directory of ["note", "web", "settings"]) mkdirSync(join(stage, directory), { mode: 0o700 });
    mkdirSync(join(stage, "data"), { mode: 0o711 });
    const note: BackupNote = { format: 1, made: new Date().toISOString(), data, machine: process.arch };
    writeFileSync(join(stage, "note/backup.json"), JSON.stringify(note));
    copySettings(join(stage, "settings"));
    // First the records, then the files that they name: those of later records are too many, none is missing.
    copyDatabase(metadata, join(stage, "data/metadata.db"));
    if (existsSync(playground)) copyDatabase(playground, join(stage, "web/playground.db"));
    const partial = join(stage, "archive");
    // Its own part of the archive, wherever it is.
    const web = webData.startsWith(`${data}/`) ? [webData.slice(data.length + 1)] : [];
    const anchored = (patterns: readonly string[]) => patterns.map((pattern) => `./${pattern}`);
    const unread = await writeArchive(partial, [
      { prefix: "note", directory: join(stage, "note") },
      { prefix: "settings", directory: join(stage, "settings") },
      { prefix: "data", directory: data, exclude: anchored([...left.data, ...web]) },
      ...(existsSync(webData) ? [{ prefix: "web", directory: webData, exclude: anchored(left.web) }] : []),
      {
        prefix: "data",
        directory: join(stage, "data"),
        before: () => dropVanished(join(stage, "data/metadata.db"), metadata),
      },
      { prefix: "web", directory: join(stage, "web") },
    ]);
    renameSync(partial, file);
    return unread;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Under these names in the archive. */
export function settingsFiles(): Record<string, string> {
  const saved = settingsFile();
  return {
    "settings.json": saved,
    "settings.env.json": `${saved.replace(/\.json$/, "")}.env.json`,
    "daemon.json": process.env["DRYDOCK_CONFIG"] ?? defaultConfigFile,
  };
}

function copySettings(directory: string): void {
  for (const [name, file] of Object.entries(settingsFiles())) {
    if (existsSync(file)) copyFileSync(file, join(directory, name));
  }
}
