import { globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { patience } from "./patience.ts";
import { run } from "./run.ts";

/**
 * Removes `directory`, never through a mount that is left in it. What a killed engine had begun may still mount
 * something meanwhile: tried until it is gone.
 * @throws Error of the system when it does not go
 */
export async function removeMounted(directory: string): Promise<void> {
  for (const end = Date.now() + patience; ; await delay(100)) {
    for (const mount of mountsBeneath(directory).toReversed()) await run("umount", ["-l", mount]);
    try {
      rmSync(directory, { recursive: true, force: true });
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

function mountsBeneath(directory: string): string[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${directory}/`));
}

/** Mounts, devices, tables, cgroups and processes of the drydockd of this directory and name. */
export async function tracesOf(directory: string, name: string): Promise<string[]> {
  const devices = (await run("ip", ["-o", "link"])).stdout
    .split("\n")
    .map((line) => line.split(": ")[1]?.split("@")[0] ?? "")
    .filter((device) => device.startsWith(`y${name}-`) || device.startsWith(`y${name}v`));
  const tables = (await run("nft", ["list", "tables"])).stdout
    .split("\n")
    .filter((line) => [`drydock-${name}`, `drydock-${name}-limits`].some((table) => line.endsWith(` ${table}`)));
  const groups = globSync([`/sys/fs/cgroup/drydock-${name}`, `/sys/fs/cgroup/*/drydock-${name}`]);
  return [...mountsBeneath(directory), ...devices, ...tables, ...groups, ...processesOf(directory, name)];
}

/** Processes that were started with a path of this engine, or are in one of its control groups. */
function processesOf(directory: string, name: string): string[] {
  return globSync("/proc/[0-9]*").flatMap((path) => {
    try {
      const commandLine = readFileSync(join(path, "cmdline"), "utf8").replaceAll("\0", " ").trim();
      const groups = readFileSync(join(path, "cgroup"), "utf8");
      const ours = commandLine.includes(`${directory}/`) || groups.includes(`/drydock-${name}/`);
      return ours ? [`${path.slice("/proc/".length)} ${commandLine}`] : [];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}
