import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "./command-error.ts";
import { engineAnswers, engineRequest } from "./engine-client.ts";
import { stopSupervisor } from "./processes.ts";
import { processEnvironment, readSettings, type Settings } from "./settings.ts";
import { requireRoot } from "./setup.ts";
import { step } from "./steps.ts";
import { stopUnit, uninstallUnit } from "./systemd.ts";

/** `./drydock down [--uninstall]`: stops all of it; nothing of ours stays in the kernel. Data is kept. */
export async function run(args: string[]): Promise<number> {
  const uninstall = args.includes("--uninstall");
  const unknown = args.find((arg) => arg !== "--uninstall");
  if (unknown !== undefined) throw new CommandError(`down takes --uninstall only, not "${unknown}"`);
  requireRoot();
  const settings = readSettings();
  await step("containers", async () => {
    if (!(await engineAnswers(settings))) return;
    const { status, text } = await engineRequest(settings, "POST", "/drydock/v1/shutdown", { containers: "stop" });
    if (status >= 300) throw new CommandError(`drydockd could not stop its containers: ${text}`);
  });
  await step("drydockd and web", async () => {
    if (uninstall) uninstallUnit();
    else stopUnit();
    await stopSupervisor(settings);
  });
  await step("mounts, networks, control groups", () => clearLeftovers(settings));
  process.stdout.write(`\nDrydock is down. Images, volumes and workspaces are kept in ${settings.data}.\n`);
  return 0;
}

/** What a crash may have left: drydockd's own clearing mode finds it from its records. */
async function clearLeftovers(settings: Settings): Promise<void> {
  const result = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", "server/main.ts", "--clear"], {
    cwd: settings.checkout,
    env: { ...process.env, ...processEnvironment(settings) },
    encoding: "utf8",
  });
  if (result.status !== 0) throw new CommandError(`clearing failed:\n${result.stderr.trim()}`);
  const left = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path === settings.run || path.startsWith(`${settings.run}/`));
  if (left.length > 0) throw new CommandError(`these mounts are still there: ${left.join(", ")}`);
  rmSync(join(settings.run), { recursive: true, force: true });
}
