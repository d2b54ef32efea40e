import type { HostOptions, MountRequest } from "../../engine/containers/container.ts";
import type { PortBinding } from "../../engine/network/network-service.ts";
import { maskedPaths, readonlyPaths } from "../../engine/runtime/spec/paths.ts";

/** HostConfig as `inspect` shows it (Engine API, HostConfig): the way back from `host-config.ts`. */
export function hostConfigJson(host: HostOptions): object {
  return {
    Binds: host.binds.length === 0 ? null : host.binds,
    ContainerIDFile: "",
    LogConfig: { Type: host.logDriver === "" ? "json-file" : host.logDriver, Config: host.logOptions },
    NetworkMode: host.networkMode,
    PortBindings: portBindingsJson(host.portBindings),
    RestartPolicy: { Name: host.restartPolicy.name, MaximumRetryCount: host.restartPolicy.maximumRetryCount },
    AutoRemove: host.autoRemove,
    VolumeDriver: "",
    VolumesFrom: nullIfEmpty(host.volumesFrom),
    ConsoleSize: [0, 0],
    ...(Object.keys(host.annotations).length === 0 ? {} : { Annotations: host.annotations }),
    ...isolationJson(host),
    ...(Object.keys(host.tmpfs).length === 0 ? {} : { Tmpfs: host.tmpfs }),
    ...(Object.keys(host.sysctls).length === 0 ? {} : { Sysctls: host.sysctls }),
    ShmSize: host.shmSize === 0 ? 64 * 1024 * 1024 : host.shmSize,
    Runtime: host.runtime === "" ? "crun" : host.runtime,
    Isolation: "",
    ...resourcesJson(host),
    ...mountsJson(host),
    MaskedPaths: host.maskedPaths ?? maskedPaths,
    ReadonlyPaths: host.readonlyPaths ?? readonlyPaths,
    ...(host.init ? { Init: true } : {}),
  };
}

function isolationJson(host: HostOptions): object {
  return {
    CapAdd: nullIfEmpty(host.capAdd),
    CapDrop: nullIfEmpty(host.capDrop),
    CgroupnsMode: host.cgroupnsMode === "" ? "private" : host.cgroupnsMode,
    Dns: host.dns,
    DnsOptions: host.dnsOptions,
    DnsSearch: host.dnsSearch,
    ExtraHosts: nullIfEmpty(host.extraHosts),
    GroupAdd: nullIfEmpty(host.groupAdd),
    IpcMode: host.ipcMode === "" ? "private" : host.ipcMode,
    Cgroup: "",
    Links: nullIfEmpty(host.links),
    OomScoreAdj: host.oomScoreAdj,
    PidMode: host.pidMode,
    Privileged: host.privileged,
    PublishAllPorts: host.publishAllPorts,
    ReadonlyRootfs: host.readonlyRootfs,
    SecurityOpt: nullIfEmpty(host.securityOpt),
    UTSMode: host.utsMode,
    UsernsMode: host.usernsMode,
  };
}

function resourcesJson(host: HostOptions): object {
  return {
    CpuShares: host.cpuShares,
    Memory: host.memory,
    NanoCpus: host.nanoCpus,
    CgroupParent: host.cgroupParent,
    BlkioWeight: host.blkioWeight,
    BlkioWeightDevice: [],
    BlkioDeviceReadBps: [],
    BlkioDeviceWriteBps: [],
    BlkioDeviceReadIOps: [],
    BlkioDeviceWriteIOps: [],
    CpuPeriod: host.cpuPeriod,
    CpuQuota: host.cpuQuota,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    CpusetCpus: host.cpusetCpus,
    CpusetMems: host.cpusetMems,
    Devices: host.devices.map((device) => ({
      PathOnHost: device.pathOnHost,
      PathInContainer: device.pathInContainer,
      CgroupPermissions: device.cgroupPermissions,
    })),
    DeviceCgroupRules: null,
    DeviceRequests: null,
    MemoryReservation: host.memoryReservation,
    MemorySwap: host.memorySwap,
    MemorySwappiness: host.memorySwappiness ?? null,
    OomKillDisable: host.oomKillDisable,
    PidsLimit: host.pidsLimit === 0 ? null : host.pidsLimit,
    Ulimits: host.ulimits.map((limit) => ({ Name: limit.name, Hard: limit.hard, Soft: limit.soft })),
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
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
    ...(mount.propagation === undefined ? {} : { BindOptions: { Propagation: mount.propagation } }),
    ...(mount.type === "volume" ? { VolumeOptions: volumeOptionsJson(mount) } : {}),
    ...(mount.type === "tmpfs"
      ? { TmpfsOptions: { SizeBytes: mount.tmpfsSize ?? 0, Mode: mount.tmpfsMode ?? 0 } }
      : {}),
  };
}

function volumeOptionsJson(mount: MountRequest): object {
  return {
    ...(mount.noCopy === true ? { NoCopy: true } : {}),
    ...(mount.volumeSubpath === undefined ? {} : { Subpath: mount.volumeSubpath }),
    ...(mount.volumeLabels === undefined ? {} : { Labels: mount.volumeLabels }),
    ...(mount.volumeDriver === undefined
      ? {}
      : { DriverConfig: { Name: mount.volumeDriver, Options: mount.volumeOptions ?? {} } }),
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

function hostPortText({ hostPort, lastHostPort }: PortBinding): string {
  return hostPort === 0 ? "" : lastHostPort === undefined ? String(hostPort) : `${hostPort}-${lastHostPort}`;
}

function nullIfEmpty<T>(values: readonly T[]): readonly T[] | null {
  return values.length === 0 ? null : values;
}
