import { spawnSync } from "node:child_process";
import { globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { kernelNames } from "../compose/kernel-names.ts";
import { commandLineOf, environmentOf } from "../engine/runtime/command-line.ts";
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
  words: string[];
  /** the words, for people */
  command: string;
}

function processes(settings: Settings): Found[] {
  const runtimes = processesThat((found) => isRuntime(found, settings));
  return [...serverProcesses(settings, "(main|web|cli/supervisor|engine/runtime/supervisor/main)"), ...runtimes];
}

/** By what it is, never by what its command line tells of: our caller's may well name our socket. */
function isRuntime({ pid, words }: Omit<Found, "command">, settings: Settings): boolean {
  if (words[3] === "drydock-keeper") return isOfInstallation(pid, settings); // bash -c SCRIPT drydock-keeper …
  if (!/^(crun|runc|runsc(-\w+)?)$/.test(basename(words[0] ?? ""))) return false;
  // The sandboxes of runsc drop their environment.
  return isOfInstallation(pid, settings) || words.some((word) => word.includes(`${settings.run}/`));
}

/** Processes of this installation that run one of our programs, whoever started them. */
export function serverProcesses(settings: Settings, programs: string): Found[] {
  const program = new RegExp(`(^|/)server/${programs}\\.ts$`);
  return processesThat(
    ({ pid, words }) =>
      basename(words[0] ?? "") === "node" &&
      words.some((word) => program.test(word)) &&
      !isInContainer(pid) &&
      isOfInstallation(pid, settings),
  );
}

/** There anybody calls a process what he likes, and starts it again as often as it is ended. */
function isInContainer(pid: number): boolean {
  const userNamespace = (of: number | "self") => statSync(`/proc/${of}/ns/user`, { throwIfNoEntry: false })?.ino;
  return userNamespace(pid) !== userNamespace("self");
}

function isOfInstallation(pid: number, settings: Settings): boolean {
  return environmentOf(pid).includes(`DRYDOCK_RUN=${settings.run}`);
}

/** Each is looked at by itself: learners may have tens of thousands, with long command lines. */
function processesThat(matches: (found: Omit<Found, "command">) => boolean): Found[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!/^\d+$/.test(name) || pid === process.pid) return [];
    const words = commandLineOf(pid);
    return matches({ pid, words }) ? [{ pid, words, command: words.join(" ").trim() }] : [];
  });
}

function tables(name: string): string[] {
  const { stdout } = spawnSync("nft", ["list", "tables"], { encoding: "utf8" });
  return (stdout ?? "")
    .split("\n")
    .map((line) => line.replace(/^table /, "").trim())
    .filter((table) => [name, `${name}-limits`].includes(table.split(" ")[1] ?? ""));
}
