import { readFileSync } from "node:fs";
import { arch, cpus, hostname, release, totalmem, version as kernelBuild } from "node:os";
import { existsSync } from "node:fs";
import { type HostFacts, readHostFacts } from "../engine/runtime/spec/host.ts";

/** What `docker info` and `docker version` tell about this machine and this engine. */
export interface HostInfo {
  engineVersion: string;
  gitCommit: string;
  nodeVersion: string;
  kernelVersion: string;
  kernelBuild: string;
  operatingSystem: string;
  osVersion: string;
  hostname: string;
  /** Docker's words: `x86_64`, `aarch64` */
  machine: string;
  /** Go's words: `amd64`, `arm64` */
  architecture: string;
  cpus: number;
  /** bytes */
  memory: number;
  cgroupVersion: "1" | "2";
  dataRoot: string;
  /** `features`: the runtime-spec's structure of them, as JSON */
  runtimes: { name: string; path: string; version: string; features?: string }[];
  /** Docker's words: `vfs` copies layers */
  storageDriver: StorageDriver;
  /** of the operator's file, as they are in force */
  settings: ShownSettings;
  /** ms since the epoch */
  startedAt: number;
  /** what its control groups can limit */
  limits: Pick<HostFacts, "cgroups" | "swapAccounting" | "appArmor">;
}

/** The operator's settings, where `docker info` tells them. */
export interface ShownSettings {
  readonly debug: boolean;
  readonly experimental: boolean;
  /** `key=value` */
  readonly labels: readonly string[];
  readonly insecure: readonly string[];
  /** with a slash at the end */
  readonly mirrors: readonly string[];
  readonly logDriver: string;
  readonly defaultRuntime: string;
  readonly addedRuntimes: readonly { name: string; path: string; args: readonly string[] }[];
  /** `builtin`, `unconfined`, or the profile's path */
  readonly seccomp: string;
  readonly noNewPrivileges: boolean;
  readonly addressPools: readonly { base: string; size: number }[];
  readonly initBinary: string;
}

const defaultSettings: ShownSettings = {
  debug: false,
  experimental: false,
  labels: [],
  insecure: [],
  mirrors: [],
  logDriver: "json-file",
  defaultRuntime: "crun",
  addedRuntimes: [],
  seccomp: "builtin",
  noNewPrivileges: false,
  addressPools: [],
  initBinary: "docker-init",
};

const goArchitectures: Record<string, string> = { x64: "amd64", arm64: "arm64", arm: "arm", ia32: "386" };
const machines: Record<string, string> = { x64: "x86_64", arm64: "aarch64", arm: "armv7l", ia32: "i686" };

/** Looks at the machine once. */
export function readHostInfo(engine: {
  version: string;
  gitCommit: string;
  dataRoot: string;
  /** `features`: the runtime-spec's structure of them, as JSON */
  runtimes: { name: string; path: string; version: string; features?: string }[];
  storageDriver: HostInfo["storageDriver"];
  settings?: HostInfo["settings"];
  limits?: HostInfo["limits"];
}): HostInfo {
  const os = osRelease();
  return {
    engineVersion: engine.version,
    gitCommit: engine.gitCommit,
    nodeVersion: process.version,
    kernelVersion: release(),
    kernelBuild: kernelBuild(),
    operatingSystem: os["PRETTY_NAME"] ?? "Linux",
    osVersion: os["VERSION_ID"] ?? "",
    hostname: hostname(),
    machine: machines[arch()] ?? arch(),
    architecture: goArchitectures[arch()] ?? arch(),
    cpus: cpus().length,
    memory: totalmem(),
    cgroupVersion: existsSync("/sys/fs/cgroup/cgroup.controllers") ? "2" : "1",
    dataRoot: engine.dataRoot,
    runtimes: engine.runtimes,
    storageDriver: engine.storageDriver,
    settings: engine.settings ?? defaultSettings,
    startedAt: Date.now(),
    limits: engine.limits ?? readHostFacts(),
  };
}

/** os-release(5) of the host; empty where there is none. */
function osRelease(): Record<string, string> {
  for (const path of ["/etc/os-release", "/usr/lib/os-release"]) {
    if (existsSync(path)) {
      const lines = readFileSync(path, "utf8").split("\n");
      return Object.fromEntries(
        lines.flatMap((line) => {
          const match = /^(\w+)=(?:"(.*)"|(.*))$/.exec(line);
          return match === null ? [] : [[match[1] ?? "", match[2] ?? match[3] ?? ""]];
        }),
      );
    }
  }
  return {};
}

export type StorageDriver = "overlay2" | "vfs";

/** Docker's name for a snapshotter. */
export function storageDriverOf(snapshotter: string): StorageDriver {
  return snapshotter === "copy" ? "vfs" : "overlay2";
}
