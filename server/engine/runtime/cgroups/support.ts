import { existsSync, globSync, readFileSync } from "node:fs";

/** What this machine's control groups can limit: what they can't is left out with a warning, as dockerd does. */
export interface CgroupSupport {
  memorySwappiness: boolean;
  oomKillDisable: boolean;
  kernelMemory: boolean;
  pids: boolean;
  cpuRealtime: boolean;
  blkioWeight: boolean;
  blkioWeightDevice: boolean;
  blkioThrottle: boolean;
  /** lists such as `0-1`; undefined where there is no cpuset controller */
  cpusetCpus: string | undefined;
  cpusetMems: string | undefined;
}

const root = "/sys/fs/cgroup";

/** Looks at the mounted hierarchies; a dozen looks at file names. */
export function readCgroupSupport(directory = root): CgroupSupport {
  return existsSync(`${directory}/cgroup.controllers`) ? unified(directory) : separate(directory);
}

/** cgroup v2 (kernel, admin-guide/cgroup-v2.rst): a controller that is there has all its files. */
function unified(directory: string): CgroupSupport {
  const controllers = new Set(text(`${directory}/cgroup.controllers`).split(" "));
  const weight = globSync(`${directory}/*/io.weight`).length > 0;
  return {
    memorySwappiness: false,
    oomKillDisable: false,
    kernelMemory: false,
    pids: controllers.has("pids"),
    cpuRealtime: false,
    blkioWeight: controllers.has("io") && weight,
    blkioWeightDevice: controllers.has("io") && weight,
    blkioThrottle: controllers.has("io"),
    ...(controllers.has("cpuset")
      ? {
          cpusetCpus: text(`${directory}/cpuset.cpus.effective`),
          cpusetMems: text(`${directory}/cpuset.mems.effective`),
        }
      : { cpusetCpus: undefined, cpusetMems: undefined }),
  };
}

/** cgroup v1, also hybrid (kernel, admin-guide/cgroup-v1). */
function separate(directory: string): CgroupSupport {
  const has = (file: string) => existsSync(`${directory}/${file}`);
  const cpuset = has("cpuset/cpuset.cpus");
  return {
    memorySwappiness: has("memory/memory.swappiness"),
    oomKillDisable: has("memory/memory.oom_control"),
    kernelMemory: has("memory/memory.kmem.limit_in_bytes"),
    pids: has("pids"),
    cpuRealtime: has("cpu/cpu.rt_runtime_us"),
    blkioWeight: has("blkio/blkio.weight"),
    blkioWeightDevice: has("blkio/blkio.weight_device"),
    blkioThrottle: has("blkio/blkio.throttle.read_bps_device"),
    cpusetCpus: cpuset ? text(`${directory}/cpuset/cpuset.cpus`) : undefined,
    cpusetMems: cpuset ? text(`${directory}/cpuset/cpuset.mems`) : undefined,
  };
}

function text(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8").trim() : "";
}

/** Why nothing can run with these, in dockerd's words; undefined where it can, and where the kernel has no cpusets. */
export function whyNoCpuset(
  { cpusetCpus = "", cpusetMems = "" }: { cpusetCpus?: string; cpusetMems?: string },
  available: Pick<CgroupSupport, "cpusetCpus" | "cpusetMems">,
): string | undefined {
  return (
    whyUnavailable(cpusetCpus, available.cpusetCpus, { field: "cpuset cpus", what: "CPUs" }) ??
    whyUnavailable(cpusetMems, available.cpusetMems, { field: "cpuset mems", what: "memory nodes" })
  );
}

function whyUnavailable(
  list: string,
  available: string | undefined,
  { field, what }: { field: string; what: string },
): string | undefined {
  if (available === undefined) return undefined;
  const wrong = whyNoList(list);
  if (wrong !== undefined) return `Invalid value ${list} for ${field}: ${wrong}`;
  return isWithin(list, available)
    ? undefined
    : `Requested ${what} are not available - requested ${list}, available: ${available}`;
}

/** Whether each number of `list` (`0-2,7`) is one of `available`. Both are lists. */
export function isWithin(list: string, available: string): boolean {
  const there = new Set(ranges(available).flatMap(numbersOf));
  return ranges(list)
    .flatMap(numbersOf)
    .every((number) => there.has(number));
}

/** The largest number that a list may name: what it says is walked through. */
const highest = 8192;

/** What is wrong with a list of numbers, in dockerd's words; undefined for a good one. */
export function whyNoList(list: string): string | undefined {
  for (const [first = Number.NaN, last = first] of ranges(list)) {
    if (!(last >= first)) return `invalid format: ${list}`;
    if (last > highest) return `value of out range, maximum is ${highest}`;
  }
  return undefined;
}

function ranges(list: string): number[][] {
  const parts = list === "" ? [] : list.split(",");
  return parts.map((part) => (/^\d+(?:-\d+)?$/.test(part) ? part.split("-").map(Number) : []));
}

function numbersOf([first = 0, last = first]: number[]): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
