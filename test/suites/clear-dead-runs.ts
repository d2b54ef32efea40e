/**
 * Clears what tests that were killed have left: supervisors, keepers, containers, bridges, tables, control groups, mounts
 * and their directories. Never those of a test whose process is alive. The runner calls it before it starts.
 */
import { globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { mountPointsBeneath } from "#engine/mount/mount-table.ts";
import { unmountAll } from "#engine/mount/local-mounter.ts";
import { CgroupService } from "#engine/runtime/cgroups/cgroup-service.ts";
import { releaseNamesOfDead } from "./claimed-name.ts";
import { type DeadRun, deadRuns } from "./owned-directory.ts";
import { run } from "./run.ts";

const main = join(import.meta.dirname, "../../server/main.ts");

/** @returns what could not be cleared, a line each */
export async function clearDeadRun({ directory, names }: DeadRun): Promise<string[]> {
  const failures: string[] = [];
  killAll(directory);
  if (names.drydock !== undefined) {
    const env = {
      DRYDOCK_DATA: names.data ?? join(directory, "d"),
      DRYDOCK_RUN: join(directory, "r"),
      DRYDOCK_NAME: names.drydock,
      DRYDOCK_CONFIG: undefined,
    };
    const { status, stderr } = await run(process.execPath, ["--disable-warning=ExperimentalWarning", main, "--clear"], {
      env,
    });
    if (status !== 0) failures.push(`${directory}: ${stderr.trim()}`);
  }
  if (names.cgroup !== undefined) await new CgroupService().killAndRemove(names.cgroup);
  for (const table of names.table === undefined
    ? []
    : [`inet ${names.table}`, `inet ${names.table}-limits`, `bridge ${names.table}`]) {
    await run("nft", ["delete", "table", ...table.split(" ")]);
  }
  for (const device of await devices(names.devices ?? [])) await run("ip", ["link", "delete", device]);
  mountPointsBeneath(directory).forEach(unmountAll);
  // Never through a mount that is left.
  if (mountPointsBeneath(directory).length > 0) failures.push(`${directory}: mounts are left`);
  else rmSync(directory, { recursive: true, force: true });
  return failures;
}

/** Processes that name the directory: drydockd in its environment, supervisors, keepers and runtimes as an argument. */
function killAll(directory: string): void {
  for (const path of globSync("/proc/[0-9]*")) {
    const pid = Number(path.slice("/proc/".length));
    if (pid === process.pid) continue;
    try {
      const words = ["cmdline", "environ"].map((file) => readFileSync(join(path, file), "utf8").split("\0"));
      const [command = [], environment = []] = words;
      const isOurs =
        command.some((word) => word.startsWith(`${directory}/`)) ||
        environment.some((word) => word.startsWith(`DRYDOCK_RUN=${directory}/`));
      if (isOurs) process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}

async function devices(prefixes: string[]): Promise<string[]> {
  if (prefixes.length === 0) return [];
  const { stdout } = await run("ip", ["-o", "link"]);
  return stdout
    .split("\n")
    .map((line) => line.split(": ")[1]?.split("@")[0] ?? "")
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
}

if (import.meta.main) {
  for (const dead of deadRuns()) {
    const failures = await clearDeadRun(dead);
    console.log(`cleared ${dead.directory}, left by a test that was killed`);
    for (const failure of failures) console.error(failure);
  }
  releaseNamesOfDead();
}
