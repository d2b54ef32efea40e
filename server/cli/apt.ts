import { spawnSync } from "node:child_process";
import { existsSync, globSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "./command-error.ts";
import type { PackageNeed } from "./packages.ts";
import type { Settings } from "./settings.ts";
import { run, step } from "./steps.ts";

const hint = "Check this machine's network and /etc/apt/sources.list*, then run the same command again.";
const listsDirectory = "/var/lib/apt/lists";
const lockWaitMs = 300_000;

/** Where a program is: in `extra` directories, on PATH, or in root's, which sudo may leave out of PATH. */
export function onPath(command: string, extra: string[] = []): string | undefined {
  const directories = [...extra, ...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return directories.map((directory) => join(directory, command)).find((path) => existsSync(path));
}

/** Installs what is missing of `needs` with apt. @throws CommandError when there is no apt or no package source */
export async function installPackages(needs: PackageNeed[], settings: Settings, title: string): Promise<void> {
  const missing = needs.filter((need) => !need.commands.some((command) => onPath(command)));
  if (missing.length === 0) return;
  if (onPath("apt-get") === undefined) {
    throw new CommandError(
      `needs these programs, and this machine has no apt to install them: ${missing.map(describe).join(", ")}`,
    );
  }
  if (missing.every((need) => need.optional === true) && packageListsThere() && missing.every(isUnknown)) {
    return tellUnknown(missing);
  }
  await step(`${title}: ${missing.map((need) => need.package).join(" ")}`, async (say) => {
    const options = { log: join(settings.checkout, ".drydock/apt.log"), hint, onLine: say };
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await finishInterrupted(settings);
    await updateLists(settings, say);
    const unknown = missing.filter(isUnknown);
    const needed = unknown.filter((need) => need.optional !== true);
    if (needed.length > 0) {
      throw new CommandError(
        `this machine's package sources do not have ${needed.map((need) => need.package).join(", ")}.\nIs a source missing (on Ubuntu: 'add-apt-repository universe') or not reached? ${hint}`,
      );
    }
    tellUnknown(unknown);
    const names = missing.filter((need) => !unknown.includes(need)).map((need) => need.package);
    if (names.length === 0) return;
    const wait = `DPkg::Lock::Timeout=${lockWaitMs / 1000}`;
    await run("apt-get", ["-o", wait, "install", "-y", "--no-install-recommends", ...names], { ...options, env });
  });
}

function describe(need: PackageNeed): string {
  return `${need.commands[0]} (${need.why})`;
}

function tellUnknown(needs: PackageNeed[]): void {
  for (const need of needs) {
    process.stdout.write(`! the package sources of this machine have no ${need.package} (${need.why})\n`);
  }
}

/** Whether no source of this machine has the package. */
function isUnknown(need: PackageNeed): boolean {
  const { stdout } = spawnSync("apt-cache", ["policy", need.package], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });
  return !/^\s*Candidate: (?!\(none\))/m.test(stdout);
}

/** dpkg refuses all work after it was killed, until what it was doing is finished. */
async function finishInterrupted(settings: Settings): Promise<void> {
  const updates = "/var/lib/dpkg/updates";
  if (!existsSync(updates) || readdirSync(updates).length === 0) return;
  await run("dpkg", ["--configure", "-a"], {
    log: join(settings.checkout, ".drydock/dpkg.log"),
    env: { DEBIAN_FRONTEND: "noninteractive" },
    hint: "Mend that ('dpkg --configure -a', 'apt-get -f install'), then run the same command again.",
  });
}

/** `apt-get update`; waits for another apt, which its own option does not do for the lists. */
async function updateLists(settings: Settings, say: (detail: string) => void): Promise<void> {
  const end = Date.now() + lockWaitMs;
  for (;;) {
    try {
      await run("apt-get", ["update"], {
        log: join(settings.checkout, ".drydock/apt-update.log"),
        env: { LC_ALL: "C" },
        hint,
        onLine: say,
      });
      return;
    } catch (error) {
      if (!(error instanceof CommandError) || !error.message.includes("Could not get lock") || Date.now() > end) {
        throw error;
      }
      say("waiting for another apt");
      await sleep(2000);
    }
  }
}

function packageListsThere(): boolean {
  return globSync(join(listsDirectory, "*_Packages*")).length > 0;
}

/**
 * Local base images are made from packages, which apt finds by its lists only. A machine without them may still reach
 * a registry: that is told, and no reason to stop.
 */
export async function requirePackageLists(settings: Settings): Promise<void> {
  if (onPath("apt-get") === undefined || packageListsThere()) return;
  try {
    await step("package lists (local base images are made from packages)", (say) => updateLists(settings, say));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    process.stdout.write("! no package lists: base images can only come from a registry or './drydock images load'\n");
  }
}
