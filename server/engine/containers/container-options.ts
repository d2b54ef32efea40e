import { Conflict, InvalidArgument } from "../errdefs/errors.ts";
import { checkLogOptions } from "../logs/choose.ts";
import { resolveCapabilities } from "../runtime/spec/capabilities.ts";
import type { HostFacts } from "../runtime/spec/host.ts";
import { resolveResources } from "../runtime/spec/resources.ts";
import type { ResourceLimits } from "../runtime/spec/resources.ts";
import { resolveRlimits } from "../runtime/spec/rlimits.ts";
import type { HostOptions, ProcessConfig, ResourceConfig, RestartPolicy } from "./container.ts";
import { parseSignal } from "./signals.ts";

/**
 * Finds at create what would otherwise fail at start.
 * @throws InvalidArgument, Conflict in dockerd's words
 */
export function checkOptions(config: ProcessConfig, host: HostOptions, facts: HostFacts): void {
  if (config.workingDir !== "" && !config.workingDir.startsWith("/")) {
    throw new InvalidArgument(
      `the working directory '${config.workingDir}' is invalid, it needs to be an absolute path`,
    );
  }
  if (config.hostname.length > 63 || !/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(config.hostname)) {
    throw new InvalidArgument(`invalid hostname format: ${config.hostname}`);
  }
  if (config.stopSignal !== "") {
    parseSignal(config.stopSignal);
  }
  for (const entry of config.env) {
    if (entry.startsWith("=") || entry.includes("\0")) {
      throw new InvalidArgument(`invalid environment variable: ${entry}`);
    }
  }
  if ([...config.entrypoint, ...config.cmd].some((part) => part.includes("\0"))) {
    throw new InvalidArgument("the command holds a NUL byte, which no argument may");
  }
  checkRestartPolicy(host.restartPolicy);
  if (host.autoRemove && host.restartPolicy.name !== "no") {
    throw new Conflict("can't create 'AutoRemove' container with restart policy");
  }
  checkLogOptions(host.logDriver, host.logOptions);
  checkCpus(host.nanoCpus / 1e9, facts.cpus);
  resolveCapabilities({ add: host.capAdd, drop: host.capDrop, privileged: host.privileged });
  resolveResources(limitsOf(host), facts);
  resolveRlimits(host.ulimits, facts);
  if (!["", "crun", "runc", "runsc"].includes(host.runtime)) {
    throw new InvalidArgument(`unknown or invalid runtime name: ${host.runtime}`);
  }
}

/** @throws InvalidArgument in dockerd's words */
function checkCpus(wanted: number, there: number): void {
  if (wanted !== 0 && (wanted < 0.01 || wanted > there)) {
    throw new InvalidArgument(
      `range of CPUs is from 0.01 to ${there.toFixed(2)}, as there are only ${there} CPUs available`,
    );
  }
}

/** @throws InvalidArgument */
export function checkRestartPolicy(policy: RestartPolicy): void {
  if (!["no", "always", "on-failure", "unless-stopped"].includes(policy.name)) {
    throw new InvalidArgument(`invalid restart policy: unknown policy '${policy.name}'`);
  }
  if (policy.maximumRetryCount < 0) {
    throw new InvalidArgument("invalid restart policy: maximum retry count cannot be negative");
  }
  if (policy.maximumRetryCount > 0 && policy.name !== "on-failure") {
    throw new InvalidArgument("invalid restart policy: maximum retry count can only be used with 'on-failure'");
  }
}

/** Docker's limits as the runtime's: 0 stands for "not limited" there. */
export function limitsOf(resources: ResourceConfig): ResourceLimits {
  const limits: ResourceLimits = {
    memory: resources.memory,
    memorySwap: resources.memorySwap,
    memoryReservation: resources.memoryReservation,
    disableOomKiller: resources.oomKillDisable,
    cpuShares: resources.cpuShares,
    cpuPeriod: resources.cpuPeriod,
    cpuQuota: resources.cpuQuota,
    cpus: resources.nanoCpus / 1e9,
    cpusetCpus: resources.cpusetCpus,
    cpusetMems: resources.cpusetMems,
    pids: resources.pidsLimit,
    blkioWeight: resources.blkioWeight,
  };
  return resources.memorySwappiness === undefined || resources.memorySwappiness < 0
    ? limits
    : { ...limits, swappiness: resources.memorySwappiness };
}
