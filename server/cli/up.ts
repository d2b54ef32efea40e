import { execFileSync } from "node:child_process";
import { chownSync, lchownSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { workstationImage } from "../contract/extension-api.ts";
import { whyNoName } from "../compose/kernel-names.ts";
import { CommandError } from "./command-error.ts";
import { engineStatus } from "./engine-client.ts";
import { checkPackagePlaces } from "./doctor/package-places.ts";
import { copyPages } from "./pages.ts";
import { requireFreePort, startSupervisor, stopSupervisor, supervisorPid, waitForBoth } from "./processes.ts";
import {
  defaultData,
  operatorEnvironment,
  processEnvironment,
  savedSettings,
  saveSettings,
  type Settings,
  settingsFromArgs,
} from "./settings.ts";
import { requireRoot, setUp } from "./setup.ts";
import { run as runProgram, step } from "./steps.ts";
import { endStrays } from "./strays.ts";
import { installUnit, isInstalled, restartUnit, stopUnit } from "./systemd.ts";
import { isCurrent } from "./version.ts";
import { webUrls } from "./web-urls.ts";
import { webProcesses } from "./webs.ts";
import { closedParent, moveWebData, webDataToMove } from "./web-data.ts";

/** `./drydock up`: set-up, start, first base image, URL. Run again it finds everything done. */
export async function run(args: string[]): Promise<number> {
  const { settings, install } = settingsFromArgs(args);
  requireRoot();
  const whyNot = whyNoName(processEnvironment(settings)["DRYDOCK_NAME"] ?? "");
  if (whyNot !== undefined) throw new CommandError(whyNot);
  const webs = webProcesses(settings); // what is wrong with their number is told first
  const running = supervisorPid(settings) !== undefined;
  if (!running) await endStrays(settings);
  const saved = savedSettings();
  if (!running || !isOurs(saved, settings)) await requireFreePort(settings);
  await setUp(settings);
  await import("./process-settings.ts").then((it) => it.checkProcessSettings(processEnvironment(settings), webs));
  const { blockers } = await import("./doctor/checks.ts").then(({ preflight }) => preflight());
  if (blockers.length > 0) {
    throw new CommandError(
      `this machine cannot run containers yet:\n${blockers.map((finding) => `  ${finding}`).join("\n")}`,
    );
  }
  await takeWebData(settings, saved);
  saveSettings(settings);
  await openForWeb(settings);
  makeDirectories(settings);
  copyPages(settings);
  await step("drydockd and web", async (say) => {
    await start(settings, install, say);
    await waitForBoth(settings);
  });
  await tellReady(settings);
  for (const { name, state, detail, advice } of await checkPackagePlaces(settings)) {
    if (state === "warning") process.stdout.write(`! ${name}: ${detail}\n  → ${advice}\n`);
  }
  return 0;
}

/** What runs listens where the last `up` said, and lets go of that when it is started anew. */
function isOurs(saved: Partial<Settings>, { host, port }: Settings): boolean {
  if (saved.port !== port) return false;
  return saved.host === host || [saved.host, host].some((each) => each === "0.0.0.0" || each === "::");
}

/** The URL is told once there is something to run, and not before. @throws CommandError when no base image can be had */
export async function tellReady(settings: Settings): Promise<void> {
  await firstImage(settings);
  process.stdout.write(
    `\nDrydock is up: ${webUrls(settings).join("\n               ")}\n\n  docker CLI:  export DOCKER_HOST=unix://${settings.run}/drydock.sock DOCKER_BUILDKIT=0\n  stop it:     ${stopCommand()}\n\n`,
  );
  await tellWorkstation(settings);
}

/** All else that `up` was given is in the settings that it has saved; sudo would lose where these are. */
function stopCommand(): string {
  const settings = process.env["DRYDOCK_SETTINGS"];
  if (settings === undefined) return "sudo ./drydock down";
  const file = resolve(settings);
  const word = /^[\w@%+=:,./-]+$/.test(file) ? file : `'${file.replaceAll("'", String.raw`'\''`)}'`;
  return `sudo DRYDOCK_SETTINGS=${word} ./drydock down`;
}

/** Leaves alone what runs and is current; else (re)starts both processes. Containers go on meanwhile. */
async function start(settings: Settings, install: boolean, say: (detail: string) => void): Promise<void> {
  const running = supervisorPid(settings) !== undefined;
  const wasInstalled = isInstalled();
  if (install) installUnit(settings);
  if (running && isCurrent(settings) && wasInstalled === isInstalled()) return;
  if (running) say("the code or the settings changed: starting both anew; containers go on");
  if (running && !wasInstalled) await stopSupervisor(settings);
  if (isInstalled()) restartUnit();
  else startSupervisor(settings);
}

/** An older installation has the page's database elsewhere: it moves to the rest of the data. Containers go on meanwhile. */
async function takeWebData(settings: Settings, saved: Partial<Settings>): Promise<void> {
  const from = webDataToMove(settings, saved, defaultData);
  if (from === undefined) return;
  await step(`the page's database, from ${from} to ${settings.webData}`, async () => {
    stopUnit();
    await stopSupervisor(settings);
    moveWebData(from, settings.webData);
  });
}

/** `web` owns its directory; the engine's are root's, and passable for the sockets and mounts beneath. */
function makeDirectories(settings: Settings): void {
  for (const directory of [settings.data, settings.run]) mkdirSync(directory, { recursive: true, mode: 0o711 });
  mkdirSync(settings.webData, { recursive: true, mode: 0o700 });
  const id = (flag: string) => Number(execFileSync("id", [flag, settings.user], { encoding: "utf8" }));
  const [uid, gid] = [id("-u"), id("-g")];
  chownSync(settings.webData, uid, gid);
  // A restored backup is of another machine, where the user had another number.
  for (const name of readdirSync(settings.webData)) lchownSync(join(settings.webData, name), uid, gid);
  const wall = closedParent(settings.webData);
  if (wall === undefined) return;
  throw new CommandError(
    `web's user ${settings.user} cannot pass ${wall} on the way to its database in ${settings.webData}: 'chmod o+x ${wall}', or give it another directory with DRYDOCK_WEB_DATA, then run the same command again`,
  );
}

/** A clone made with a umask of 077 is for its owner alone; web's user must read it. Nothing of .git or .drydock is opened. */
async function openForWeb(settings: Settings): Promise<void> {
  const isOpen = (path: string) => (statSync(join(settings.checkout, path)).mode & 0o004) !== 0;
  if (["", "server/web.ts", "node_modules", ".next/BUILD_ID"].every(isOpen)) return;
  await step(`read permission for the user ${settings.user}`, async () => {
    const log = join(settings.checkout, ".drydock/permissions.log");
    const entries = readdirSync(settings.checkout).filter((name) => !name.startsWith(".") || name === ".next");
    await runProgram("chmod", ["o+rx", settings.checkout, join(settings.checkout, ".drydock")], { log });
    await runProgram("chmod", ["-R", "o+rX", ...entries.map((name) => join(settings.checkout, name))], { log });
  });
}

/** A first terminal in the workstation waits for its image, which may take the rest of a minute. */
async function tellWorkstation(settings: Settings): Promise<void> {
  const { baseImages } = await engineStatus(settings);
  const image = baseImages.find(({ name }) => name === workstationImage);
  if (image?.error !== undefined) {
    process.stdout.write(`! The workstation's image could not be made: ${image.error}\n`);
  } else if (image?.making === true) {
    process.stdout.write("The workstation's image is being made; ./drydock status tells when it is ready.\n");
  }
}

/** Ready once a first container can be run. With DRYDOCK_PREPARE=0 images are made when they are asked for. */
async function firstImage(settings: Settings): Promise<void> {
  if (operatorEnvironment()["DRYDOCK_PREPARE"] === "0") return;
  await step("the first base image", async (say) => {
    const end = Date.now() + 120_000;
    for (;;) {
      const { baseImages } = await engineStatus(settings);
      const ready = baseImages.filter((image) => image.ready).map((image) => image.name);
      if (ready.length > 0) return say(ready.join(", "));
      const [failed] = baseImages.filter((image) => image.error !== undefined);
      if (failed !== undefined && baseImages.every((image) => image.error !== undefined)) {
        throw new CommandError(
          `no base image could be made: ${failed.name}: ${failed.error}\nGive one: ./drydock images load FILE.tar`,
        );
      }
      if (Date.now() > end) throw new CommandError("no base image is ready after two minutes: see ./drydock logs");
      say(baseImages.find((image) => !image.ready)?.name ?? "");
      await sleep(300);
    }
  });
}
