import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { type CgroupSupport, readCgroupSupport } from "../cgroups/support.ts";
import { capabilitiesOfMask } from "./capabilities.ts";

/** What this machine permits: the specs are fitted to it, so that a container starts instead of failing. */
export interface HostFacts {
  /** names as in runtime-spec config-linux.md, Seccomp: `SCMP_ARCH_…` is derived from it */
  arch: "x64" | "arm64";
  /** `[major, minor]` of the kernel */
  kernel: [number, number];
  /** bounding set of this process: what a container can get at most */
  capabilities: string[];
  cpus: number;
  /** hard limits of this process by their runtime-spec name; Infinity for unlimited */
  hardLimits: Map<string, number>;
  /** false where the kernel keeps no account of swap: limits on it are left out */
  swapAccounting: boolean;
  seccomp: boolean;
  cgroups: CgroupSupport;
  /** name of the AppArmor profile that is loaded, for what asks for none of its own; undefined without AppArmor */
  appArmor: string | undefined;
  /** path of a minimal init (`docker run --init`), if one is installed */
  initBinary: string | undefined;
}

const initCandidates = [
  "/usr/libexec/docker/docker-init",
  "/usr/bin/docker-init",
  "/usr/bin/tini-static",
  "/usr/bin/catatonit",
  "/usr/libexec/podman/catatonit",
  "/usr/bin/tini",
];

/** Names in /proc/self/limits → runtime-spec config.md, POSIX process. */
const limitNames: Record<string, string> = {
  "Max cpu time": "RLIMIT_CPU",
  "Max file size": "RLIMIT_FSIZE",
  "Max data size": "RLIMIT_DATA",
  "Max stack size": "RLIMIT_STACK",
  "Max core file size": "RLIMIT_CORE",
  "Max resident set": "RLIMIT_RSS",
  "Max processes": "RLIMIT_NPROC",
  "Max open files": "RLIMIT_NOFILE",
  "Max locked memory": "RLIMIT_MEMLOCK",
  "Max address space": "RLIMIT_AS",
  "Max file locks": "RLIMIT_LOCKS",
  "Max pending signals": "RLIMIT_SIGPENDING",
  "Max msgqueue size": "RLIMIT_MSGQUEUE",
  "Max nice priority": "RLIMIT_NICE",
  "Max realtime priority": "RLIMIT_RTPRIO",
  "Max realtime timeout": "RLIMIT_RTTIME",
};

/** Looks at this machine once; cheap enough (a few files of /proc) to be called at every start of drydockd. */
export function readHostFacts(): HostFacts {
  const status = readFileSync("/proc/self/status", "utf8");
  const bounding = /^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0";
  const release = readFileSync("/proc/sys/kernel/osrelease", "utf8").split(".");
  return {
    arch: process.arch === "arm64" ? "arm64" : "x64",
    kernel: [Number.parseInt(release[0] ?? "0", 10), Number.parseInt(release[1] ?? "0", 10)],
    capabilities: capabilitiesOfMask(bounding),
    hardLimits: readHardLimits(readFileSync("/proc/self/limits", "utf8")),
    cpus: cpus().length,
    swapAccounting: hasSwapAccounting(),
    seccomp: /^Seccomp:/m.test(status),
    cgroups: readCgroupSupport(),
    appArmor: undefined,
    initBinary: initCandidates.find((path) => existsSync(path)),
  };
}

/** Hard limits of a text in the form of /proc/<pid>/limits. */
export function readHardLimits(text: string): Map<string, number> {
  const limits = new Map<string, number>();
  for (const line of text.split("\n")) {
    const match = /^(Max [a-z ]+?)\s{2,}(\S+)\s+(\S+)/.exec(line);
    const name = match?.[1] === undefined ? undefined : limitNames[match[1]];
    if (name === undefined || match?.[3] === undefined) continue;
    limits.set(name, match[3] === "unlimited" ? Number.POSITIVE_INFINITY : Number(match[3]));
  }
  return limits;
}

function hasSwapAccounting(): boolean {
  if (existsSync("/sys/fs/cgroup/memory")) {
    return existsSync("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes");
  }
  // v2: the file exists in every cgroup but the root, and only where swap is accounted.
  return existsSync("/proc/swaps");
}
