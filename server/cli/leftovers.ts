import { spawnSync } from "node:child_process";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { kernelNames } from "../compose/kernel-names.ts";
import { processEnvironment, type Settings } from "./settings.ts";

/** What the kernel still has of this installation, one sentence each; empty after `down`. */
export function leftovers(settings: Settings): string[] {
  const { bridgePrefix, vethPrefix, networkTable, cgroupRoot } = kernelNames(
    processEnvironment(settings)["DRYDOCK_NAME"] ?? "",
  );
  return [
    ...mounts(settings).map((path) => `mount ${path}`),
    ...processes(settings).map(({ pid, command }) => `process ${pid}: ${command}`),
    ...readdirSync("/sys/class/net")
      .filter((name) => name.startsWith(bridgePrefix) || name.startsWith(vethPrefix))
      .map((name) => `network device ${name}`),
    ...tables(networkTable).map((name) => `nftables table ${name}`),
    ...globSync([`/sys/fs/cgroup${cgroupRoot}`, `/sys/fs/cgroup/*${cgroupRoot}`]).map(
      (path) => `control group ${path}`,
    ),
  ];
}

/** Mount points, innermost first. */
function mounts(settings: Settings): string[] {
  const beneath = (path: string) =>
    [settings.run, settings.data].some((directory) => path === directory || path.startsWith(`${directory}/`));
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((path) => beneath(path) && !isOperatorsDisk(path, settings))
    .toReversed();
}

/** The data directory may well be a disk of its own. */
function isOperatorsDisk(path: string, settings: Settings): boolean {
  return path === settings.data;
}

interface Found {
  pid: number;
  command: string;
}

function processes(settings: Settings): Found[] {
  const isRuntime = ({ command }: Found) =>
    /supervisor|crun|runc|runsc|bash|keeper/.test(command) && command.includes(`${settings.run}/`);
  return [
    ...serverProcesses(settings, "(main|web|cli/supervisor)"),
    ...allProcesses().filter((found) => isRuntime(found) && !found.command.includes("server/web.ts")),
  ];
}

/** Processes of this installation that run one of our programs, whoever started them. */
export function serverProcesses(settings: Settings, programs: string): Found[] {
  const program = new RegExp(`server/${programs}\\.ts`);
  return allProcesses().filter(
    ({ pid, command }) =>
      program.test(command) &&
      readOrNothing(`/proc/${pid}/environ`).split("\0").includes(`DRYDOCK_RUN=${settings.run}`),
  );
}

function allProcesses(): Found[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({
      pid: Number(name),
      command: readOrNothing(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim(),
    }));
}

/** A process may end while it is looked at. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function tables(name: string): string[] {
  const { stdout } = spawnSync("nft", ["list", "tables"], { encoding: "utf8" });
  return (stdout ?? "")
    .split("\n")
    .map((line) => line.replace(/^table /, "").trim())
    .filter((table) => table.split(" ")[1] === name);
}
