import type { HostOptions, MountRequest, ShownRequest } from "../../engine/containers/container.ts";
import type { PortBinding } from "../../engine/network/network-service.ts";
import { type ApiVersion, atLeast } from "../http/api-version.ts";
import { maskedPaths, readonlyPaths } from "../../engine/runtime/spec/paths.ts";

/** Lists and objects as dockerd shows them: null where the client gave none, empty where it gave an empty one. */
class Shown {
  readonly #empty: ReadonlySet<string>;

  constructor(shown: ShownRequest | undefined) {
    this.#empty = new Set(shown?.empty);
  }

  list<T>(name: string, values: readonly T[] | undefined): readonly T[] | null {
    return values === undefined || values.length === 0 ? this.#none(name, []) : values;
  }

  object<T extends object>(name: string, value: T): T | null {
    return Object.keys(value).length === 0 ? this.#none(name, value) : value;
  }

  #none<T>(name: string, empty: T): T | null {
    return this.#empty.has(name) ? empty : null;
  }
}

/** HostConfig as `inspect` shows it (Engine API, HostConfig): the way back from `host-config.ts`. */
export function hostConfigJson(host: HostOptions, version: ApiVersion, links: readonly string[] = host.links): object {
  const { shown } = host;
  const as = new Shown(shown);
  return {
    Binds: as.list("Binds", host.binds),
    ContainerIDFile: shown?.containerIdFile ?? "",
    LogConfig: { Type: host.logDriver === "" ? "json-file" : host.logDriver, Config: host.logOptions },
    NetworkMode: host.networkMode,
    PortBindings: as.object("PortBindings", shown?.portBindings ?? portBindingsJson(host.portBindings)),
    RestartPolicy: restartPolicyJson(host),
    AutoRemove: host.autoRemove,
    VolumeDriver: shown?.volumeDriver ?? "",
    VolumesFrom: as.list("VolumesFrom", host.volumesFrom),
    ConsoleSize: shown?.consoleSize ?? [0, 0],
    ...withMembers("Annotations", host.annotations),
    ...isolationJson(host, as, links),
    ...withMembers("Tmpfs", host.tmpfs),
    ...withMembers("StorageOpt", host.storageOptions ?? {}),
    ...withMembers("Sysctls", host.sysctls),
    ShmSize: host.shmSize === 0 ? 64 * 1024 * 1024 : host.shmSize,
    Runtime: host.runtime,
    Isolation: shown?.isolation ?? "",
    ...resourcesJson(host, as),
    ...kernelMemoryJson(host, version),
    ...mountsJson(host),
    MaskedPaths: host.maskedPaths ?? (host.privileged ? null : maskedPaths),
    ReadonlyPaths: host.readonlyPaths ?? (host.privileged ? null : readonlyPaths),
    ...initJson(host),
  };
}

function withMembers(name: string, members: Record<string, string>): object {
  return Object.keys(members).length === 0 ? {} : { [name]: members };
}

function initJson({ init, shown }: HostOptions): object {
  const said = shown?.init === undefined ? (init ? true : null) : shown.init;
  return said === null ? {} : { Init: said };
}

/** "" where the client named none: it means `no`. */
function restartPolicyJson({ restartPolicy: { name, maximumRetryCount }, shown }: HostOptions): object {
  const Name = name === "no" ? (shown?.restartPolicyName ?? name) : name;
  return { Name, MaximumRetryCount: maximumRetryCount };
}

function isolationJson(host: HostOptions, as: Shown, links: readonly string[]): object {
  return {
    CapAdd: as.list("CapAdd", host.capAdd),
    CapDrop: as.list("CapDrop", host.capDrop),
    CgroupnsMode: host.cgroupnsMode === "" ? "private" : host.cgroupnsMode,
    Dns: as.list("Dns", host.dns),
    DnsOptions: as.list("DnsOptions", host.dnsOptions),
    DnsSearch: as.list("DnsSearch", host.dnsSearch),
    ExtraHosts: as.list("ExtraHosts", host.extraHosts),
    GroupAdd: as.list("GroupAdd", host.groupAdd),
    IpcMode: host.ipcMode === "" ? "private" : host.ipcMode,
    Cgroup: host.shown?.cgroup ?? "",
    Links: as.list("Links", links),
    OomScoreAdj: host.oomScoreAdj,
    PidMode: host.pidMode,
    Privileged: host.privileged,
    PublishAllPorts: host.publishAllPorts,
    ReadonlyRootfs: host.readonlyRootfs,
    SecurityOpt: as.list("SecurityOpt", host.securityOpt),
    UTSMode: host.utsMode,
    UsernsMode: host.usernsMode,
  };
}

function resourcesJson(host: HostOptions, as: Shown): object {
  return {
    CpuShares: host.cpuShares,
    Memory: host.memory,
    NanoCpus: host.nanoCpus,
    CgroupParent: host.cgroupParent,
    BlkioWeight: host.blkioWeight,
    ...blkioJson(host, as),
    CpuPeriod: host.cpuPeriod,
    CpuQuota: host.cpuQuota,
    CpuRealtimePeriod: host.cpuRealtimePeriod ?? 0,
    CpuRealtimeRuntime: host.cpuRealtimeRuntime ?? 0,
    CpusetCpus: host.cpusetCpus,
    CpusetMems: host.cpusetMems,
    Devices: as.list(
      "Devices",
      host.devices.map((device) => ({
        PathOnHost: device.pathOnHost,
        PathInContainer: device.pathInContainer,
        CgroupPermissions: device.cgroupPermissions,
      })),
    ),
    DeviceCgroupRules: as.list("DeviceCgroupRules", host.deviceCgroupRules),
    DeviceRequests: as.list("DeviceRequests", host.deviceRequests?.map(deviceRequestJson)),
    MemoryReservation: host.memoryReservation,
    MemorySwap: host.memorySwap,
    MemorySwappiness: host.memorySwappiness ?? null,
    OomKillDisable: host.oomKillDisable,
    PidsLimit: host.pidsLimit === 0 && host.shown?.unlimitedPids !== true ? null : host.pidsLimit,
    Ulimits: as.list(
      "Ulimits",
      host.ulimits.map((limit) => ({ Name: limit.name, Hard: limit.hard, Soft: limit.soft })),
    ),
    CpuCount: host.shown?.cpuCount ?? 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
  };
}

/** Gone with API 1.42. */
function kernelMemoryJson({ kernelMemory = 0, kernelMemoryTcp = 0 }: HostOptions, version: ApiVersion): object {
  return atLeast(version, "1.42") ? {} : { KernelMemory: kernelMemory, KernelMemoryTCP: kernelMemoryTcp };
}

function blkioJson(host: HostOptions, as: Shown): object {
  const throttles = host.blkioThrottles ?? {};
  const rates = (name: string, kind: keyof typeof throttles) =>
    as.list(
      name,
      throttles[kind]?.map(({ path, rate }) => ({ Path: path, Rate: rate })),
    );
  return {
    BlkioWeightDevice: as.list(
      "BlkioWeightDevice",
      host.blkioWeightDevices?.map(({ path, weight }) => ({ Path: path, Weight: weight })),
    ),
    BlkioDeviceReadBps: rates("BlkioDeviceReadBps", "readBps"),
    BlkioDeviceWriteBps: rates("BlkioDeviceWriteBps", "writeBps"),
    BlkioDeviceReadIOps: rates("BlkioDeviceReadIOps", "readIops"),
    BlkioDeviceWriteIOps: rates("BlkioDeviceWriteIOps", "writeIops"),
  };
}

function deviceRequestJson(request: NonNullable<HostOptions["deviceRequests"]>[number]): object {
  return {
    Driver: request.driver,
    Count: request.count,
    DeviceIDs: request.deviceIds.length === 0 ? null : request.deviceIds,
    Capabilities: request.capabilities,
    Options: request.options,
  };
}

/** `--mount` requests; `-v` is shown as `Binds`, which come first in the engine's list. */
function mountsJson(host: HostOptions): object {
  const mounts = host.mounts.slice(host.binds.length).map(mountJson);
  return mounts.length === 0 ? {} : { Mounts: mounts };
}

function mountJson(mount: MountRequest): object {
  return {
    Type: mount.type,
    ...(mount.source === "" ? {} : { Source: mount.source }),
    Target: mount.target,
    ...(mount.readonly ? { ReadOnly: true } : {}),
    ...(mount.consistency === undefined ? {} : { Consistency: mount.consistency }),
    ...(mount.type === "bind" ? optionsJson("BindOptions", mount.nonRecursive, bindOptionsJson(mount)) : {}),
    ...(mount.type === "volume" ? optionsJson("VolumeOptions", mount.volumeLabels, volumeOptionsJson(mount)) : {}),
    ...(mount.type === "image" && mount.imageSubpath !== undefined
      ? { ImageOptions: { Subpath: mount.imageSubpath } }
      : {}),
    // Those of another type are nobody's business, and shown.
    ...optionsJson("TmpfsOptions", mount.tmpfsSize, tmpfsOptionsJson(mount)),
  };
}

/** @param whenGiven one that is there whenever options were given, if only `{}`, which is shown, too */
function optionsJson(name: string, whenGiven: unknown, members: object): object {
  return whenGiven === undefined && Object.keys(members).length === 0 ? {} : { [name]: members };
}

function bindOptionsJson(mount: MountRequest): object {
  return {
    ...(mount.propagation === undefined ? {} : { Propagation: mount.propagation }),
    ...(mount.nonRecursive === true ? { NonRecursive: true } : {}),
    ...(mount.createSource === true ? { CreateMountpoint: true } : {}),
    ...(mount.recursiveReadonly === "no" ? { ReadOnlyNonRecursive: true } : {}),
    ...(mount.recursiveReadonly === "force" ? { ReadOnlyForceRecursive: true } : {}),
  };
}

function tmpfsOptionsJson(mount: MountRequest): object {
  return {
    ...(mount.tmpfsSize ? { SizeBytes: mount.tmpfsSize } : {}),
    ...(mount.tmpfsMode ? { Mode: mount.tmpfsMode } : {}),
    ...(mount.tmpfsFlags === undefined ? {} : { Options: mount.tmpfsFlags.map((flag) => flag.split("=")) }),
  };
}

function volumeOptionsJson(mount: MountRequest): object {
  const { volumeLabels: labels = {}, volumeOptions: options } = mount;
  return {
    ...(mount.noCopy === true ? { NoCopy: true } : {}),
    ...(mount.volumeSubpath === undefined ? {} : { Subpath: mount.volumeSubpath }),
    ...withMembers("Labels", labels),
    ...(mount.volumeDriver === undefined && options === undefined
      ? {}
      : {
          DriverConfig: {
            ...(mount.volumeDriver ? { Name: mount.volumeDriver } : {}),
            ...withMembers("Options", options ?? {}),
          },
        }),
  };
}

/** `{"80/tcp": [{"HostIp", "HostPort"}]}` */
export function portBindingsJson(bindings: readonly PortBinding[]): Record<string, object[]> {
  const result: Record<string, object[]> = {};
  for (const binding of bindings) {
    (result[`${binding.containerPort}/${binding.protocol}`] ??= []).push({
      HostIp: binding.hostAddress,
      HostPort: hostPortText(binding),
    });
  }
  return result;
}

function hostPortText({ hostPort, lastHostPort, shownPort }: PortBinding): string {
  if (shownPort !== undefined) return shownPort;
  return hostPort === 0 ? "" : lastHostPort === undefined ? String(hostPort) : `${hostPort}-${lastHostPort}`;
}
