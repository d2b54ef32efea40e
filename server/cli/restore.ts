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
import { dirname, join, resolve } from "node:path";
import { readArguments, usageError } from "./arguments.ts";
import { type BackupNote, settingsFiles } from "./backup.ts";
import { noBackup, readArchive, readMember } from "./backup/archive.ts";
import { CommandError } from "./command-error.ts";
import { engineAnswers } from "./engine-client.ts";
import { supervisorPid, webAnswers } from "./processes.ts";
import { keepOut, old } from "./restored-access.ts";
import { readSettings, type Settings } from "./settings.ts";
import { requireRoot } from "./setup.ts";
import { step } from "./steps.ts";

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
  await keepOut(settings, made);
  for (const path of kept) process.stdout.write(`! ${path} is kept as it is, though the backup has another one\n`);
  process.stdout.write("\nEverything is back. Start it: sudo ./drydock up\n");
  return 0;
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
