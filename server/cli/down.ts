import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readArguments } from "./arguments.ts";
import { CommandError } from "./command-error.ts";
import { engineAnswers, engineRequest } from "./engine-client.ts";
import { leftovers } from "./leftovers.ts";
import { stopSupervisor, supervisorPid } from "./processes.ts";
import { processEnvironment, readSettings, type Settings } from "./settings.ts";
import { requireRoot } from "./setup.ts";
import { step } from "./steps.ts";
import { endStrays } from "./strays.ts";
import { stopUnit, uninstallUnit } from "./systemd.ts";

/** `./drydock down [--uninstall]`: stops all of it; nothing of ours stays in the kernel. Data is kept. */
export async function run(args: string[]): Promise<number> {
  const uninstall = readArguments("down", args, { uninstall: { type: "boolean" } }).values.uninstall === true;
  requireRoot();
  const settings = readSettings();
  const supervisor = supervisorPid(settings);
  if (supervisor !== undefined) process.kill(supervisor, "SIGUSR2"); // from now on nothing is started again
  await step("containers", () => stopContainers(settings));
  await step("drydockd and web", async () => {
    if (uninstall) uninstallUnit();
    else stopUnit();
    await stopSupervisor(settings);
    await endStrays(settings);
  });
  await step("mounts, networks, control groups", () => clearLeftovers(settings));
  process.stdout.write(`\nDrydock is down. Images, volumes and workspaces are kept in ${settings.data}.\n`);
  return 0;
}

/** Gives them their time to end. A drydockd that cannot is not a reason to stop: the clearing kills what is left. */
async function stopContainers(settings: Settings): Promise<void> {
  if (!(await engineAnswers(settings))) return;
  try {
    const { status, text } = await engineRequest(settings, "POST", "/drydock/v1/shutdown", { containers: "stop" });
    if (status >= 300) process.stdout.write(`! drydockd could not stop all containers, so they are killed: ${text}\n`);
  } catch (error) {
    process.stdout.write(`! drydockd ended before its containers, so they are killed: ${(error as Error).message}\n`);
  }
}

/** What a crash may have left: drydockd's own clearing mode finds it from its records. */
async function clearLeftovers(settings: Settings): Promise<void> {
  if (existsSync(settings.data)) {
    if (!existsSync(join(settings.checkout, "node_modules/koffi"))) {
      const left = leftovers(settings);
      if (left.length === 0) return;
      throw new CommandError(
        `the JavaScript packages are missing, so this cannot be taken away:\n${left.join("\n")}\nRun 'sudo ./drydock up', then 'down' again.`,
      );
    }
    clear(settings, 3);
  }
  await nothingLeft(settings);
  rmSync(settings.run, { recursive: true, force: true });
}

/**
 * Idempotent, so that one which was killed is simply begun again: under an emulated processor V8 has been seen to abort
 * in its last moment ("it->second.Size() > offset", its table of compiled code).
 */
function clear(settings: Settings, attempts: number): void {
  const result = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", "server/main.ts", "--clear"], {
    cwd: settings.checkout,
    env: { ...process.env, ...processEnvironment(settings) },
    encoding: "utf8",
  });
  if (result.status === 0) return;
  if (result.signal === null || attempts <= 1) throw new CommandError(`clearing failed:\n${result.stderr.trim()}`);
  process.stdout.write(`! clearing was ended by ${result.signal}: it is begun again\n`);
  clear(settings, attempts - 1);
}

/** Killed processes and their control groups take a moment to go. */
async function nothingLeft(settings: Settings): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const left = leftovers(settings);
    if (left.length === 0) return;
    if (attempt === 50) {
      throw new CommandError(`this is still there:\n  ${left.join("\n  ")}\nsee ./drydock logs, and run 'down' again`);
    }
    await sleep(100);
  }
}
