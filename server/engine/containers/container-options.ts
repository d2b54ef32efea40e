import { statSync } from "node:fs";
import { InvalidArgument, messageOf, Unknown } from "../errdefs/errors.ts";
import { checkLogOptions } from "../logs/options.ts";
import { deviceNumbers } from "../runtime/spec/devices.ts";
import { checkCapabilities } from "../runtime/spec/capabilities.ts";
import type { HostFacts } from "../runtime/spec/host.ts";
import type { ResourceLimits } from "../runtime/spec/resources.ts";
import type { HealthConfig } from "../oci/types.ts";
import { checkHostLimits, checkResources } from "./check-resources.ts";
import type { HostOptions, ProcessConfig, ResourceConfig, RestartPolicy } from "./container.ts";
import { checkSignal } from "./signals.ts";

const ownRuntimes = ["", "crun", "runc", "runsc"];

/**
 * Finds at create what would otherwise fail at start, in dockerd's order (moby, daemon/container.go,
 * verifyContainerSettings), before the image is looked for.
 * @param runtimes that there are beside our own
 * @returns the options without what this machine cannot limit, and what is told of it
 * @throws InvalidArgument in dockerd's words
 */
export function checkOptions(
  config: ProcessConfig,
  host: HostOptions,
  facts: HostFacts,
  runtimes: readonly string[] = [],
): { host: HostOptions; warnings: string[] } {
  checkConfig(config);
  if (host.autoRemove && host.restartPolicy.name !== "no") {
    throw new InvalidArgument("can't create 'AutoRemove' container with restart policy");
  }
  // One without a name is none, whatever its count.
  if (host.shown?.restartPolicyName !== "") checkRestartPolicy(host.restartPolicy);
  checkCapabilities("CapAdd", host.capAdd);
  checkCapabilities("CapDrop", host.capDrop);
  const { resources, warnings } = checkResources(host, facts);
  checkHostLimits(host);
  const discarded = resources.blkioWeightDevices?.length === 0 && (host.blkioWeightDevices ?? []).length > 0;
  if (discarded && resources.shown !== undefined) {
    resources.shown = { ...resources.shown, empty: [...resources.shown.empty, "BlkioWeightDevice"] };
  }
  if (host.networkMode === "host" && host.portBindings.length > 0) {
    warnings.push("Published ports are discarded when using host network mode");
  }
  if (![...ownRuntimes, ...runtimes].includes(host.runtime)) {
    throw new InvalidArgument(`Unknown runtime specified ${host.runtime}`);
  }
  if (!["", "private", "host"].includes(host.cgroupnsMode)) {
    throw new InvalidArgument(`invalid cgroup namespace mode: ${host.cgroupnsMode}`);
  }
  checkLogOptions(host.logDriver, host.logOptions);
  checkStorageOptions(host.storageOptions ?? {});
  return { host: withSwap(resources), warnings };
}

/** dockerd can limit a container's own files on XFS with project quotas only, and says so elsewhere. @throws Unknown: it answers 500 */
function checkStorageOptions(options: Record<string, string>): void {
  for (const name of Object.keys(options)) {
    if (name.toLowerCase() !== "size") {
      throw new Unknown(`Unknown option ${name}`);
    }
    throw new Unknown("--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
  }
}

/** Without a limit of its own, swap is as much again as memory. */
function withSwap(host: HostOptions): HostOptions {
  return host.memory > 0 && host.memorySwap === 0 ? { ...host, memorySwap: host.memory * 2 } : host;
}

function checkConfig(config: ProcessConfig): void {
  if (config.workingDir !== "" && !config.workingDir.startsWith("/")) {
    throw new InvalidArgument(
      `the working directory '${config.workingDir}' is invalid, it needs to be an absolute path`,
    );
  }
  if (config.stopSignal !== "") {
    checkSignal(config.stopSignal);
  }
  for (const entry of config.env) {
    if (entry === "" || entry.startsWith("=") || entry.includes("\0")) {
      throw new InvalidArgument(`invalid environment variable: ${entry}`);
    }
  }
  if ([...config.entrypoint, ...config.cmd].some((part) => part.includes("\0"))) {
    throw new InvalidArgument("the command holds a NUL byte, which no argument may");
  }
  if (config.hostname.includes("\0") || config.hostname.includes("\n") || config.domainname.includes("\n")) {
    throw new InvalidArgument(`invalid hostname format: ${config.hostname}`);
  }
  if (config.healthcheck !== undefined) {
    checkHealthcheck(config.healthcheck);
  }
}

/** The kernel's clock of a health check has milliseconds. Nanoseconds. */
const shortestCheck = 1_000_000;

function checkHealthcheck(check: HealthConfig): void {
  const long = (field: "Interval" | "Timeout" | "StartPeriod" | "StartInterval") => {
    const value = check[field] ?? 0;
    if (value !== 0 && value < shortestCheck) {
      throw new InvalidArgument(`${field} in Healthcheck cannot be less than 1ms`);
    }
  };
  long("Interval");
  long("Timeout");
  if ((check.Retries ?? 0) < 0) {
    throw new InvalidArgument("Retries in Healthcheck cannot be negative");
  }
  long("StartPeriod");
  long("StartInterval");
}

/** @throws InvalidArgument in dockerd's words */
export function checkRestartPolicy({ name, maximumRetryCount: count }: RestartPolicy): void {
  if (!["no", "always", "on-failure", "unless-stopped"].includes(name)) {
    throw new InvalidArgument(`invalid restart policy '${name as string}'`);
  }
  if (name !== "on-failure" && count !== 0) {
    throw new InvalidArgument(`maximum retry count cannot be used with restart policy '${name}'`);
  }
  if (count < 0) {
    throw new InvalidArgument("maximum retry count cannot be negative");
  }
}

/** Docker's limits as the runtime's: 0 stands for "not limited" there. @throws InvalidArgument for a device that is none */
export function limitsOf(resources: ResourceConfig): ResourceLimits {
  const throttles = resources.blkioThrottles ?? {};
  const rates = (kind: keyof typeof throttles) =>
    (throttles[kind] ?? []).map(({ path, rate }) => ({ ...numbersOf(path), rate }));
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
    pids: Math.max(resources.pidsLimit, 0),
    blkioWeight: resources.blkioWeight,
    weightDevices: (resources.blkioWeightDevices ?? []).map(({ path, weight }) => ({ ...numbersOf(path), weight })),
    readBps: rates("readBps"),
    writeBps: rates("writeBps"),
    readIops: rates("readIops"),
    writeIops: rates("writeIops"),
    realtimePeriod: resources.cpuRealtimePeriod ?? 0,
    realtimeRuntime: resources.cpuRealtimeRuntime ?? 0,
  };
  return resources.memorySwappiness === undefined || resources.memorySwappiness < 0
    ? limits
    : { ...limits, swappiness: resources.memorySwappiness };
}

function numbersOf(path: string): { major: number; minor: number } {
  try {
    return deviceNumbers(statSync(path).rdev);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new InvalidArgument(`stat ${path}: ${missing ? "no such file or directory" : messageOf(error)}`, {
      cause: error,
    });
  }
}
