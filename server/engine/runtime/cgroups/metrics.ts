import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { IoCount, TaskMetrics } from "../task.ts";
import { type CgroupHierarchy, controllerDir } from "./hierarchy.ts";

/** v1 says "unlimited" with the largest multiple of the page size below 2^63. */
const unlimitedV1 = 2 ** 60;
/** USER_HZ, in which v1 counts user and system time: 100 on every Linux */
const nsPerTick = 10_000_000;
/** device major:minor, operation, value */
const blkioLine = /^(\d+):(\d+) (\w+) (\d+)$/;

/** What dockerd tells of v1's memory.stat (containerd's metrics): later kernels have more, which clients do not know. */
const statsV1 = new Set(
  `cache rss rss_huge mapped_file dirty writeback pgpgin pgpgout pgfault pgmajfault
   inactive_anon active_anon inactive_file active_file unevictable`
    .split(/\s+/)
    .flatMap((name) => [name, `total_${name}`]),
);

function knownStats(stats: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(stats).filter(([name]) => statsV1.has(name) || name.startsWith("hierarchical_")),
  );
}

/** See CgroupService.metrics. Limits are 0 where there is none. */
export function readMetrics(hierarchy: CgroupHierarchy, path: string): TaskMetrics {
  return hierarchy.version === "v2" ? readV2(join(hierarchy.root, path)) : readV1(hierarchy, path);
}

/** Processes of a cgroup that the kernel killed for want of memory. */
export function readOomKills(hierarchy: CgroupHierarchy, path: string): number {
  const dir = controllerDir(hierarchy, "memory", path);
  return keyed(dir, hierarchy.version === "v2" ? "memory.events" : "memory.oom_control")["oom_kill"] ?? 0;
}

function readV2(dir: string): TaskMetrics {
  const cpu = keyed(dir, "cpu.stat");
  const stats = keyed(dir, "memory.stat");
  const current = number(dir, "memory.current");
  return {
    cpu: {
      totalNs: (cpu["usage_usec"] ?? 0) * 1000,
      userNs: (cpu["user_usec"] ?? 0) * 1000,
      systemNs: (cpu["system_usec"] ?? 0) * 1000,
      periods: cpu["nr_periods"] ?? 0,
      throttledPeriods: cpu["nr_throttled"] ?? 0,
      throttledNs: (cpu["throttled_usec"] ?? 0) * 1000,
    },
    memory: {
      usage: current,
      limit: number(dir, "memory.max"),
      swap: number(dir, "memory.swap.current"),
      // Since Linux 5.19.
      maxUsage: number(dir, "memory.peak") || current,
      stats,
      oomKills: keyed(dir, "memory.events")["oom_kill"] ?? 0,
      failures: keyed(dir, "memory.events")["oom"] ?? 0,
    },
    pids: { current: number(dir, "pids.current"), limit: number(dir, "pids.max") },
    io: { bytes: readIoStat(read(dir, "io.stat")) },
  };
}

function readV1(hierarchy: CgroupHierarchy, path: string): TaskMetrics {
  const dir = (controller: string) => controllerDir(hierarchy, controller, path);
  const memory = dir("memory");
  const cpuacct = dir("cpuacct");
  const ticks = keyed(cpuacct, "cpuacct.stat");
  const throttling = keyed(dir("cpu"), "cpu.stat");
  const limit = number(memory, "memory.limit_in_bytes");
  return {
    cpu: {
      totalNs: number(cpuacct, "cpuacct.usage"),
      perCpuNs: read(cpuacct, "cpuacct.usage_percpu").trim().split(" ").filter(Boolean).map(Number),
      userNs: (ticks["user"] ?? 0) * nsPerTick,
      systemNs: (ticks["system"] ?? 0) * nsPerTick,
      periods: throttling["nr_periods"] ?? 0,
      throttledPeriods: throttling["nr_throttled"] ?? 0,
      throttledNs: throttling["throttled_time"] ?? 0,
    },
    memory: {
      usage: number(memory, "memory.usage_in_bytes"),
      limit: limit >= unlimitedV1 ? 0 : limit,
      // Where the kernel does not count it there is no file.
      swap: Math.max(0, number(memory, "memory.memsw.usage_in_bytes") - number(memory, "memory.usage_in_bytes")),
      maxUsage: number(memory, "memory.max_usage_in_bytes"),
      stats: knownStats(keyed(memory, "memory.stat")),
      oomKills: keyed(memory, "memory.oom_control")["oom_kill"] ?? 0,
      failures: number(memory, "memory.failcnt"),
    },
    pids: { current: number(dir("pids"), "pids.current"), limit: number(dir("pids"), "pids.max") },
    io: {
      bytes: readBlkio(dir("blkio"), "io_service_bytes_recursive"),
      operations: readBlkio(dir("blkio"), "io_serviced_recursive"),
    },
  };
}

/** cgroup-v2.rst, io.stat: `8:0 rbytes=… wbytes=… rios=… wios=…` */
function readIoStat(text: string): IoCount[] {
  return text
    .split("\n")
    .filter(Boolean)
    .flatMap((line) => {
      const [device = "", ...pairs] = line.split(" ");
      const [major = 0, minor = 0] = device.split(":").map(Number);
      const values = Object.fromEntries(pairs.map((pair) => pair.split("="))) as Record<string, string>;
      const count = (op: string, key: string) => ({ op, major, minor, value: Number(values[key] ?? 0) });
      return [count("read", "rbytes"), count("write", "wbytes")];
    });
}

/** cgroup-v1/blkio-controller.rst: one file with bytes, one with operations. Without the sum of all devices. */
function readBlkio(dir: string | undefined, file: string): IoCount[] {
  return read(dir, `blkio.throttle.${file}`)
    .split("\n")
    .map((line) => blkioLine.exec(line))
    .filter((match) => match !== null)
    .map(([, major, minor, op = "", value]) => ({
      op,
      major: Number(major),
      minor: Number(minor),
      value: Number(value),
    }));
}

/** "max" counts as 0: no limit. */
function number(dir: string | undefined, file: string): number {
  const value = Number(read(dir, file).trim());
  return Number.isFinite(value) ? value : 0;
}

function keyed(dir: string | undefined, file: string): Record<string, number> {
  const values: Record<string, number> = {};
  for (const line of read(dir, file).split("\n")) {
    const [key, value] = line.split(" ");
    if (key && value !== undefined) values[key] = Number(value);
  }
  return values;
}

/** Empty for a file that is not there: the controller is off, or the cgroup has been removed. */
function read(dir: string | undefined, file: string): string {
  if (dir === undefined) return "";
  try {
    return readFileSync(join(dir, file), "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENODEV" || code === "EOPNOTSUPP" || code === "ENOTSUP") return "";
    throw error;
  }
}
