import type { HostInfo } from "../../host-info.ts";
import { type ApiVersion, atLeast } from "../../http/api-version.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { engineId } from "../../translate/engine-id.ts";
import { isoTime } from "../../translate/time.ts";
import { runtimeOf } from "../../../engine/tenants/policy.ts";
import { isWorkstation } from "../../translate/workstation.ts";
import type { SharedServices } from "../services.ts";

/** Engine API, SystemInfo: this tenant's counts, the machine's facts. What changed is as in the client's version of it. */
export function infoJson(
  engine: Pick<TenantEngine, "tenant" | "images" | "containers" | "networks" | "volumes">,
  { host }: Pick<SharedServices, "host">,
  version: ApiVersion,
): object {
  // As many as `docker ps -a` lists.
  const containers = engine.containers.list().filter((container) => !isWorkstation(container));
  const count = (status: string) => containers.filter((container) => container.status === status).length;
  const { memory, cpus } = engine.tenant.limits;
  const isOperator = engine.tenant.policy === "open";
  return {
    ID: engineId(host, engine.tenant.id),
    Containers: containers.length,
    ContainersRunning: count("running"),
    ContainersPaused: count("paused"),
    ContainersStopped: containers.length - count("running") - count("paused"),
    Images: engine.images.list().length,
    Driver: host.storageDriver,
    DriverStatus: [
      ...(host.storageDriver === "overlay2" ? [["Backing Filesystem", "overlayfs"]] : []),
      ["Engine", "Drydock"],
    ],
    Plugins: {
      Volume: engine.volumes.drivers(),
      Network: engine.networks.drivers(),
      Authorization: null,
      Log: ["json-file", "local"],
    },
    ...capabilities(host),
    ...(atLeast(version, "1.42") ? {} : { KernelMemory: host.limits.cgroups.kernelMemory }),
    ...bridgeFilter(version),
    Debug: host.settings.debug,
    NFd: 0,
    NGoroutines: 0,
    SystemTime: isoTime(Date.now()),
    LoggingDriver: host.settings.logDriver,
    CgroupDriver: "cgroupfs",
    CgroupVersion: host.cgroupVersion,
    NEventsListener: 0,
    KernelVersion: host.kernelVersion,
    OperatingSystem: host.operatingSystem,
    OSVersion: host.osVersion,
    OSType: "linux",
    Architecture: host.machine,
    IndexServerAddress: "https://index.docker.io/v1/",
    RegistryConfig: {
      ...(atLeast(version, "1.49")
        ? {}
        : { AllowNondistributableArtifactsCIDRs: null, AllowNondistributableArtifactsHostnames: null }),
      InsecureRegistryCIDRs: [...host.settings.insecure.filter((name) => name.includes("/")), "127.0.0.0/8", "::1/128"],
      IndexConfigs: Object.fromEntries([
        ["docker.io", { Name: "docker.io", Mirrors: host.settings.mirrors, Secure: true, Official: true }],
        ...host.settings.insecure
          .filter((name) => !name.includes("/"))
          .map((name) => [name, { Name: name, Mirrors: [], Secure: false, Official: false }]),
      ]),
      Mirrors: host.settings.mirrors,
    },
    NCPU: cpus === undefined ? host.cpus : Math.min(host.cpus, Math.max(1, Math.ceil(cpus))),
    MemTotal: memory === undefined ? host.memory : Math.min(host.memory, memory),
    GenericResources: null,
    DockerRootDir: host.dataRoot,
    HttpProxy: "",
    HttpsProxy: "",
    NoProxy: "",
    Name: host.hostname,
    Labels: host.settings.labels,
    ExperimentalBuild: host.settings.experimental,
    ServerVersion: host.engineVersion,
    Runtimes: Object.fromEntries([
      ...host.runtimes.map(({ name, path, features }) => [
        name,
        {
          path,
          ...(features !== undefined && atLeast(version, "1.44")
            ? { status: { "org.opencontainers.runtime-spec.features": features } }
            : {}),
        },
      ]),
      ...(isOperator ? host.settings.addedRuntimes : []).map(({ name, path, args }) => [
        name,
        { path, ...(args.length === 0 ? {} : { runtimeArgs: args }) },
      ]),
    ]),
    DefaultRuntime: runtimeOf(engine.tenant.rules, host.settings.defaultRuntime),
    Swarm: {
      NodeID: "",
      NodeAddr: "",
      LocalNodeState: "inactive",
      ControlAvailable: false,
      Error: "",
      RemoteManagers: null,
    },
    LiveRestoreEnabled: true,
    Isolation: "",
    InitBinary: host.settings.initBinary,
    ...Object.fromEntries(
      ["ContainerdCommit", "RuncCommit", "InitCommit"].map((name) => [
        name,
        { ID: "", ...(atLeast(version, "1.49") ? {} : { Expected: "" }) },
      ]),
    ),
    SecurityOptions: securityOptions(host, isOperator, atLeast(version, "1.25")),
    ...(host.settings.addressPools.length === 0
      ? {}
      : { DefaultAddressPools: host.settings.addressPools.map(({ base, size }) => ({ Base: base, Size: size })) }),
    Warnings: warningsOf(host),
    CDISpecDirs: [],
    ...(atLeast(version, "1.25") ? {} : { ExecutionDriver: "<not supported>" }),
    ...(atLeast(version, "1.49") ? { FirewallBackend: { Driver: "nftables" } } : {}),
  };
}

function capabilities({ limits }: HostInfo) {
  const { cgroups } = limits;
  return {
    MemoryLimit: true,
    SwapLimit: limits.swapAccounting,
    CpuCfsPeriod: true,
    CpuCfsQuota: true,
    CPUShares: true,
    CPUSet: cgroups.cpusetCpus !== undefined,
    PidsLimit: cgroups.pids,
    IPv4Forwarding: true,
    OomKillDisable: cgroups.oomKillDisable,
  };
}

/**
 * Whether what passes a bridge is filtered: it is, by rules on the bridges themselves. Since 1.48 nobody says so any more,
 * with 1.50 the fields are gone (Engine API version history); clients from before warn of a `false`.
 */
function bridgeFilter(version: ApiVersion): object {
  const filtered = !atLeast(version, "1.48");
  return atLeast(version, "1.50") ? {} : { BridgeNfIptables: filtered, BridgeNfIp6tables: filtered };
}

/** What this machine cannot limit, in dockerd's words (moby, daemon/info_unix.go, fillPlatformInfo). Null: nothing. */
function warningsOf(host: HostInfo): string[] | null {
  const { cgroups, swapAccounting } = host.limits;
  const unified = host.cgroupVersion === "2";
  const throttles = unified
    ? ["io.max (rbps)", "io.max (wbps)", "io.max (riops)", "io.max (wiops)"]
    : ["read_bps", "write_bps", "read_iops", "write_iops"].map((name) => `blkio throttle.${name}_device`);
  const missing = [
    ...(swapAccounting ? [] : ["swap limit"]),
    ...(cgroups.oomKillDisable || unified ? [] : ["oom kill disable"]),
    ...(cgroups.cpusetCpus === undefined ? ["cpuset"] : []),
    ...(cgroups.blkioWeight || !unified ? [] : ["io.weight"]),
    ...(cgroups.blkioWeightDevice || !unified ? [] : ["io.weight (per device)"]),
    ...(cgroups.blkioThrottle ? [] : throttles),
  ];
  return missing.length === 0 ? null : missing.map((what) => `WARNING: No ${what} support`);
}

/** @param named with `name=`, as since API 1.25 */
function securityOptions({ settings, limits }: HostInfo, isOperator: boolean, named: boolean): string[] {
  const profile = settings.seccomp === "unconfined" && !isOperator ? "builtin" : settings.seccomp;
  const names = ["userns", "cgroupns", ...(settings.noNewPrivileges ? ["no-new-privileges"] : [])];
  const appArmor = limits.appArmor === undefined ? [] : ["apparmor"];
  const others = names.map((name) => `name=${name}`);
  return named
    ? [...appArmor.map((name) => `name=${name}`), `name=seccomp,profile=${profile}`, ...others]
    : [...appArmor, "seccomp", ...names];
}
