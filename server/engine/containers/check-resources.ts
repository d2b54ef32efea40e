import { InvalidArgument } from "../errdefs/errors.ts";
import { type CgroupSupport, whyNoCpuset } from "../runtime/cgroups/support.ts";
import type { HostFacts } from "../runtime/spec/host.ts";
import type { HostOptions, ResourceConfig } from "./container.ts";

/** 6 MiB: below it no runtime can start a process. */
const minimumMemory = 6 * 1024 * 1024;

/** What is told to the client beside the answer, and the request without what this machine cannot limit. */
export interface CheckedResources<Resources extends ResourceConfig> {
  resources: Resources;
  warnings: string[];
}

type Facts = Pick<HostFacts, "cpus" | "swapAccounting" | "cgroups">;

/**
 * Limits as dockerd checks them: what no kernel takes is refused, what this kernel lacks is left out with a warning.
 * @param options.update of a container that has limits already: its memory limit may stand there
 * @throws InvalidArgument in dockerd's words (moby, daemon/daemon_unix.go, verifyPlatformContainerResources)
 */
export function checkResources<Resources extends ResourceConfig>(
  asked: Resources,
  facts: Facts,
  options: { update: boolean } = { update: false },
): CheckedResources<Resources> {
  const checked = { resources: { ...asked }, warnings: [] as string[] };
  checkMemory(checked, facts, options.update);
  checkOomAndPids(checked, facts.cgroups);
  checkCpu(checked.resources, facts.cpus);
  if ((asked.cpuPercent ?? 0) > 0) {
    checked.warnings.push("linux does not support CPU percent. Percent discarded.");
    checked.resources.cpuPercent = 0;
  }
  checkCpuset(checked, facts.cgroups);
  checkBlkio(checked, facts.cgroups);
  return checked;
}

function refuse(when: boolean, message: string): void {
  if (when) {
    throw new InvalidArgument(message);
  }
}

function checkMemory({ resources, warnings }: CheckedResources<ResourceConfig>, facts: Facts, update: boolean): void {
  const { memory, memorySwap, memorySwappiness: swappiness, memoryReservation: reservation } = resources;
  refuse(memory !== 0 && memory < minimumMemory, "Minimum memory limit allowed is 6MB");
  if (memory > 0 && memorySwap !== -1 && !facts.swapAccounting) {
    warnings.push(
      "Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.",
    );
    resources.memorySwap = -1;
  }
  refuse(
    memory > 0 && resources.memorySwap > 0 && memorySwap < memory,
    "Minimum memoryswap limit should be larger than memory limit, see usage",
  );
  refuse(
    memory === 0 && memorySwap > 0 && !update,
    "You should always set the Memory limit when using Memoryswap limit, see usage",
  );
  if (swappiness !== undefined && !facts.cgroups.memorySwappiness) {
    warnings.push(
      "Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.",
    );
    resources.memorySwappiness = undefined;
  } else if (swappiness !== undefined) {
    refuse(swappiness < 0 || swappiness > 100, `Invalid value: ${swappiness}, valid memory swappiness range is 0-100`);
  }
  refuse(reservation > 0 && reservation < minimumMemory, "Minimum memory reservation allowed is 6MB");
  refuse(
    memory > 0 && reservation > 0 && memory < reservation,
    "Minimum memory limit can not be less than memory reservation limit, see usage",
  );
  checkKernelMemory({ resources, warnings }, facts.cgroups);
}

function checkKernelMemory({ resources, warnings }: CheckedResources<ResourceConfig>, cgroups: CgroupSupport): void {
  const kernelMemory = resources.kernelMemory ?? 0;
  if (kernelMemory <= 0) {
    return;
  }
  warnings.push("Specifying a kernel memory limit is deprecated and will be removed in a future release.");
  if (!cgroups.kernelMemory) {
    warnings.push(
      "Your kernel does not support kernel memory limit capabilities or the cgroup is not mounted. Limitation discarded.",
    );
    resources.kernelMemory = 0;
    return;
  }
  refuse(kernelMemory < minimumMemory, "Minimum kernel memory limit allowed is 6MB");
}

function checkOomAndPids({ resources, warnings }: CheckedResources<ResourceConfig>, cgroups: CgroupSupport): void {
  if (resources.oomKillDisable && !cgroups.oomKillDisable) {
    warnings.push("Your kernel does not support OomKillDisable. OomKillDisable discarded.");
    resources.oomKillDisable = false;
  }
  if (resources.oomKillDisable && resources.memory === 0) {
    warnings.push(
      "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.",
    );
  }
  if (resources.pidsLimit > 0 && !cgroups.pids) {
    warnings.push(
      "Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.",
    );
    resources.pidsLimit = 0;
  }
}

function checkCpu(resources: ResourceConfig, cpus: number): void {
  const { nanoCpus, cpuPeriod, cpuQuota, cpuRealtimePeriod = 0, cpuRealtimeRuntime = 0 } = resources;
  refuse(nanoCpus > 0 && cpuPeriod > 0, "Conflicting options: Nano CPUs and CPU Period cannot both be set");
  refuse(nanoCpus > 0 && cpuQuota > 0, "Conflicting options: Nano CPUs and CPU Quota cannot both be set");
  refuse(
    nanoCpus < 0 || nanoCpus > cpus * 1e9,
    `Range of CPUs is from 0.01 to ${cpus.toFixed(2)}, as there are only ${cpus} CPUs available`,
  );
  refuse(
    cpuPeriod !== 0 && (cpuPeriod < 1_000 || cpuPeriod > 1_000_000),
    "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)",
  );
  refuse(cpuQuota > 0 && cpuQuota < 1_000, "CPU cfs quota can not be less than 1ms (i.e. 1000)");
  refuse(
    cpuRealtimePeriod > 0 && cpuRealtimeRuntime > cpuRealtimePeriod,
    "cpu real-time runtime cannot be higher than cpu real-time period",
  );
}

/**
 * What runc finds wrong with CPU limits when it sets them: at the start of a container and when a running one is changed.
 * crun takes the nearest value that the kernel has. dockerd passes runc's words on (runc, libcontainer/cgroups/fs/cpu.go).
 */
export function whyNotSet({ cpuShares, nanoCpus }: Pick<ResourceConfig, "cpuShares" | "nanoCpus">): string | undefined {
  const [least, most] = [2, 262_144];
  const quota = Math.trunc(nanoCpus / 10_000);
  if (quota > 0 && quota < 1_000) return `failed to write "${quota}": write cpu.cfs_quota_us: invalid argument`;
  if (cpuShares > 0 && cpuShares < least) return `the minimum allowed cpu-shares is ${least}`;
  return cpuShares < 0 || cpuShares > most ? `the maximum allowed cpu-shares is ${most}` : undefined;
}

function checkCpuset({ resources, warnings }: CheckedResources<ResourceConfig>, cgroups: CgroupSupport): void {
  const { cpusetCpus, cpusetMems } = resources;
  if (cgroups.cpusetCpus === undefined || cgroups.cpusetMems === undefined) {
    if (cpusetCpus !== "" || cpusetMems !== "") {
      warnings.push("Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.");
      Object.assign(resources, { cpusetCpus: "", cpusetMems: "" });
    }
    return;
  }
  const why = whyNoCpuset(resources, cgroups);
  if (why !== undefined) throw new InvalidArgument(why);
}

const throttles = {
  readBps: ["BPS Block I/O read limit", "Block I/O BPS read limit"],
  writeBps: ["BPS Block I/O write limit", "Block I/O BPS write limit"],
  readIops: ["IOPS Block read limit", "Block I/O IOPS read limit"],
  writeIops: ["IOPS Block write limit", "Block I/O IOPS write limit"],
} as const;

function checkBlkio({ resources, warnings }: CheckedResources<ResourceConfig>, cgroups: CgroupSupport): void {
  const lacks = (what: string, discarded: string) =>
    warnings.push(`Your kernel does not support ${what} or the cgroup is not mounted. ${discarded} discarded.`);
  if (resources.blkioWeight > 0 && !cgroups.blkioWeight) {
    lacks("Block I/O weight", "Weight");
    resources.blkioWeight = 0;
  }
  refuse(
    resources.blkioWeight > 0 && (resources.blkioWeight < 10 || resources.blkioWeight > 1_000),
    "Range of blkio weight is from 10 to 1000",
  );
  if ((resources.blkioWeightDevices ?? []).length > 0 && !cgroups.blkioWeightDevice) {
    lacks("Block I/O weight_device", "Weight-device");
    resources.blkioWeightDevices = [];
  }
  if (!cgroups.blkioThrottle) {
    for (const kind of ["readBps", "writeBps", "readIops", "writeIops"] as const) {
      if ((resources.blkioThrottles?.[kind] ?? []).length > 0) {
        const [what, discarded] = throttles[kind];
        lacks(what, discarded);
        resources.blkioThrottles = { ...resources.blkioThrottles, [kind]: [] };
      }
    }
  }
}

/** @throws InvalidArgument in dockerd's words */
export function checkHostLimits(host: Pick<HostOptions, "shmSize" | "oomScoreAdj">): void {
  refuse(host.shmSize < 0, "SHM size can not be less than 0");
  refuse(
    host.oomScoreAdj < -1_000 || host.oomScoreAdj > 1_000,
    `Invalid value ${host.oomScoreAdj}, range for oom score adj is [-1000, 1000]`,
  );
}
