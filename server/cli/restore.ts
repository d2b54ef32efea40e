import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { readArguments, usageError } from "./arguments.ts";
import { type BackupNote, settingsFiles } from "./backup.ts";
import { noBackup, readArchive, readMember } from "./backup/archive.ts";
import { CommandError } from "./command-error.ts";
import { engineAnswers } from "./engine-client.ts";
import { PageDatabase, type Share } from "./page-database.ts";
import { printable } from "./printable.ts";
import { supervisorPid, webAnswers } from "./processes.ts";
import { operatorEnvironment, readSettings, type Settings } from "./settings.ts";
import { requireRoot } from "./setup.ts";
import { step } from "./steps.ts";

/** What was in a place before is moved to one with this at its end. */
const old = ".old";
/** that are named after a restore */
const shownShares = 10;

/** `./drydock restore FILE` */
export async function run(args: string[]): Promise<number> {
  const [name] = readArguments("restore", args, {}, 1).positionals;
  if (name === undefined) throw usageError("restore", "restore FILE: which file?");
  requireRoot();
  const file = resolve(name);
  if (!existsSync(file)) throw new CommandError(`there is no file ${file}`);
  const settings = readSettings();
  await refuseToOverwrite(settings);
  const { made, machine } = await noteOf(file);
  if (machine !== process.arch) {
    throw new CommandError(
      `${file} is of a machine with other processors (${machine}): its images do not run here (${process.arch})`,
    );
  }
  await step(`data of ${made}`, () => place(file, "data", settings.data, 0o711));
  await step("the page's database", () => place(file, "web", settings.webData, 0o700));
  const kept = await placeSettings(file, settings);
  if ((operatorEnvironment()["DRYDOCK_DATABASE_URL"] ?? "") === "") await tellShares(settings, made);
  for (const path of kept) process.stdout.write(`! ${path} is kept as it is, though the backup has another one\n`);
  process.stdout.write("\nEverything is back. Start it: sudo ./drydock up\n");
  return 0;
}

/**
 * What was taken back since the backup was made stays so, where what was before is beside its place: there the refusal to
 * overwrite it says to move it. Elsewhere it is told that all of it is shared again.
 */
async function tellShares(settings: Settings, made: string): Promise<void> {
  const before = [
    `${settings.webData}${old}`,
    join(`${settings.data}${old}`, relative(settings.data, settings.webData)),
  ];
  const place = before.find((webData) => existsSync(join(webData, "playground.db")));
  await using restored = await PageDatabase.open(settings);
  const open = (await restored.shares()).filter(({ size }) => size > 0);
  if (open.length === 0) return;
  const known = place === undefined ? undefined : await sharesIn(place);
  const revoked = new Set(known?.flatMap(({ id, size }) => (size === 0 ? [id] : [])));
  for (const { id, title } of open.filter((share) => revoked.has(share.id))) {
    await restored.revoke(id);
    process.stdout.write(`! ${id} stays revoked: ${printable(title)}\n`);
  }
  if (known !== undefined) return;
  process.stdout.write(
    `! What was shared on ${made} is shared again, also what was taken back since: sudo ./drydock shares revoke ID\n`,
  );
  for (const { id, title } of open.slice(0, shownShares)) process.stdout.write(`    ${id}  ${printable(title)}\n`);
  if (open.length > shownShares) {
    process.stdout.write(`    and ${open.length - shownShares} more: sudo ./drydock shares\n`);
  }
}

/** Undefined: it cannot be read, which may be why there is a restore. */
async function sharesIn(webData: string): Promise<Share[] | undefined> {
  try {
    await using database = await PageDatabase.open({ webData });
    return await database.shares();
  } catch (error) {
    process.stdout.write(`! ${webData} cannot be read: ${(error as Error).message}\n`);
    return undefined;
  }
}

async function refuseToOverwrite(settings: Settings): Promise<void> {
  if ((await engineAnswers(settings)) || (await webAnswers(settings)) || supervisorPid(settings) !== undefined) {
    throw new CommandError("Drydock runs: stop it first (sudo ./drydock down)");
  }
  for (const directory of [settings.data, settings.webData]) {
    const found = existsSync(directory)
      ? readdirSync(directory).filter((name) => name !== "lock" && name !== "log")
      : [];
    if (found.length > 0) {
      throw new CommandError(`${directory} is not empty: move it away first (mv ${directory} ${directory}${old})`);
    }
  }
}

async function noteOf(file: string): Promise<BackupNote> {
  let note: Partial<BackupNote>;
  try {
    note = JSON.parse(await readMember(file, "note/backup.json")) as Partial<BackupNote>;
  } catch (error) {
    if (error instanceof SyntaxError) throw new CommandError(noBackup(file));
    throw error;
  }
  if (note.format !== 1) throw new CommandError(`${file} is of a newer Drydock (format ${String(note.format)})`);
  return note as BackupNote;
}

/** Whole or not at all: beside its place first. */
async function place(file: string, prefix: string, target: string, mode: number): Promise<void> {
  const partial = `${target}.restoring`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true, mode });
  try {
    await readArchive(file, prefix, partial);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(dirname(target), { recursive: true });
    renameSync(partial, target);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Those that are there stay. @returns the ones that differ */
async function placeSettings(file: string, settings: Settings): Promise<string[]> {
  const directory = join(dirname(settings.data), `.drydock-settings-${process.pid}`);
  mkdirSync(directory, { mode: 0o700 });
  const kept: string[] = [];
  try {
    await readArchive(file, "settings", directory);
    for (const [name, path] of Object.entries(settingsFiles())) {
      const given = join(directory, name);
      if (!existsSync(given)) continue;
      if (existsSync(path)) kept.push(path);
      else {
        mkdirSync(dirname(path), { recursive: true });
        copyFileSync(given, path);
        if (name === "settings.json") pointTo(path, settings);
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return kept;
}

/** Saved settings of another place, from now on those of this one. */
function pointTo(file: string, { data, run, webData }: Settings): void {
  const { webData: _elsewhere, ...saved } = JSON.parse(readFileSync(file, "utf8")) as Partial<Settings>;
  const named = webData === join(data, "web") ? {} : { webData };
  writeFileSync(file, JSON.stringify({ ...saved, data, run, ...named }));
}
