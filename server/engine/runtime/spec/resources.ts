import { InvalidArgument } from "../../errdefs/errors.ts";
import { whyNoCpuset } from "../cgroups/support.ts";
import type { RuntimeResources, ThrottleDevice } from "../runtime-spec.ts";
import type { HostFacts } from "./host.ts";

/** Limits of one container, in Docker's terms. All optional; a missing one (or 0) is not limited. */
export interface ResourceLimits {
  /** bytes */
  memory?: number;
  /** bytes of memory and swap together; -1 = unlimited; if missing, twice `memory` */
  memorySwap?: number;
  /** bytes, soft limit */
  memoryReservation?: number;
  swappiness?: number;
  disableOomKiller?: boolean;
  /** CPUs, e.g. 1.5; not together with `cpuQuota` */
  cpus?: number;
  cpuShares?: number;
  /** µs */
  cpuQuota?: number;
  /** µs */
  cpuPeriod?: number;
  /** list such as `0-2,7` */
  cpusetCpus?: string;
  cpusetMems?: string;
  /** processes and threads; -1 = unlimited */
  pids?: number;
  /** 10..1000 */
  blkioWeight?: number;
  weightDevices?: { major: number; minor: number; weight: number }[];
  /** µs, of the real-time scheduler (cgroup v1) */
  realtimePeriod?: number;
  realtimeRuntime?: number;
  readBps?: ThrottleDevice[];
  writeBps?: ThrottleDevice[];
  readIops?: ThrottleDevice[];
  writeIops?: ThrottleDevice[];
}

/** 6 MiB: below it no runtime can start a process. Docker refuses it too. */
const minimumMemory = 6 * 1024 * 1024;
const defaultPeriod = 100_000;
/** µs: so much that the kernel takes it for no limit (MAX_BW of kernel/sched) */
const noQuota = 2 ** 43;

/**
 * `limits` as runtime-spec config-linux.md, Control groups, wants them.
 * @throws InvalidArgument for values no kernel takes
 */
export function resolveResources(
  limits: ResourceLimits,
  host: Pick<HostFacts, "swapAccounting" | "cgroups">,
): Omit<RuntimeResources, "devices"> {
  const memory = resolveMemory(limits, host);
  const cpu = resolveCpu(limits);
  const why = whyNoCpuset(limits, host.cgroups);
  if (why !== undefined) throw new InvalidArgument(why);
  const blockIO: RuntimeResources["blockIO"] = {
    ...(limits.blkioWeight ? { weight: limits.blkioWeight } : {}),
    ...(limits.weightDevices?.length ? { weightDevice: limits.weightDevices } : {}),
    ...(limits.readBps?.length ? { throttleReadBpsDevice: limits.readBps } : {}),
    ...(limits.writeBps?.length ? { throttleWriteBpsDevice: limits.writeBps } : {}),
    ...(limits.readIops?.length ? { throttleReadIOPSDevice: limits.readIops } : {}),
    ...(limits.writeIops?.length ? { throttleWriteIOPSDevice: limits.writeIops } : {}),
  };
  return {
    ...(Object.keys(memory).length > 0 ? { memory } : {}),
    ...(Object.keys(cpu).length > 0 ? { cpu } : {}),
    ...(limits.pids ? { pids: { limit: limits.pids } } : {}),
    ...(Object.keys(blockIO).length > 0 ? { blockIO } : {}),
  };
}

function resolveMemory(
  limits: ResourceLimits,
  host: Pick<HostFacts, "swapAccounting">,
): NonNullable<RuntimeResources["memory"]> {
  const { memory, memorySwap, memoryReservation } = limits;
  if (memory && memory > 0 && memory < minimumMemory) throw new InvalidArgument("Minimum memory limit allowed is 6MB");
  if (memorySwap && memorySwap > 0 && !memory) {
    throw new InvalidArgument("You should always set the Memory limit when using Memoryswap limit, see usage");
  }
  if (memory && memorySwap && memorySwap > 0 && memorySwap < memory) {
    throw new InvalidArgument("Minimum memoryswap limit should be larger than memory limit, see usage");
  }
  const swap = memory && memory > 0 ? memorySwap || memory * 2 : undefined;
  return {
    ...(memory && memory > 0 ? { limit: memory } : {}),
    ...(memoryReservation ? { reservation: memoryReservation } : {}),
    ...(swap !== undefined && host.swapAccounting ? { swap } : {}),
    ...(limits.swappiness !== undefined && limits.swappiness >= 0 ? { swappiness: limits.swappiness } : {}),
    ...(limits.disableOomKiller ? { disableOOMKiller: true } : {}),
  };
}

function resolveCpu(limits: ResourceLimits): NonNullable<RuntimeResources["cpu"]> {
  if (limits.cpus && limits.cpuQuota) {
    throw new InvalidArgument("Conflicting options: Nano CPUs and CPU Quota cannot both be set.");
  }
  const period = limits.cpuPeriod || (limits.cpus ? defaultPeriod : undefined);
  const quota = limits.cpus && period ? Math.max(1000, Math.round(limits.cpus * period)) : limits.cpuQuota;
  return {
    ...(limits.cpuShares ? { shares: limits.cpuShares } : {}),
    // None is -1 to Docker, which crun does not write.
    ...(quota ? { quota: quota < 0 ? noQuota : quota } : {}),
    ...(period ? { period } : {}),
    ...(limits.realtimePeriod ? { realtimePeriod: limits.realtimePeriod } : {}),
    ...(limits.realtimeRuntime ? { realtimeRuntime: limits.realtimeRuntime } : {}),
    ...(limits.cpusetCpus ? { cpus: limits.cpusetCpus } : {}),
    ...(limits.cpusetMems ? { mems: limits.cpusetMems } : {}),
  };
}

/** Device nodes every container may use, whatever else is denied (null, zero, full, tty, random, pts, ptmx). */
export const defaultDeviceRules: NonNullable<RuntimeResources["devices"]> = [
  { allow: false, access: "rwm" },
  { allow: true, type: "c", major: 1, minor: 5, access: "rwm" },
  { allow: true, type: "c", major: 1, minor: 3, access: "rwm" },
  { allow: true, type: "c", major: 1, minor: 9, access: "rwm" },
  { allow: true, type: "c", major: 1, minor: 8, access: "rwm" },
  { allow: true, type: "c", major: 5, minor: 0, access: "rwm" },
  { allow: true, type: "c", major: 5, minor: 1, access: "rwm" },
  { allow: false, type: "c", major: 10, minor: 229, access: "rwm" },
];
