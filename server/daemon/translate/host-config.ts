import type { EndpointRequest, HostOptions, ResourceConfig, RestartPolicy } from "../../engine/containers/container.ts";
import { mountRequests } from "./mounts.ts";
import { isPlain, portBindings } from "./ports.ts";
import { type EndpointBody, type HostConfigBody, type resourceFields } from "./schemas.ts";

/** HostConfig as the engine takes it. @throws InvalidArgument in dockerd's words */
export function hostOptions(body: HostConfigBody): HostOptions {
  return {
    ...resources(body),
    ...isolation(body),
    mounts: mountRequests(body),
    binds: body.Binds,
    volumesFrom: body.VolumesFrom,
    tmpfs: body.Tmpfs,
    portBindings: portBindings(body.PortBindings),
    publishAllPorts: body.PublishAllPorts,
    networkMode: body.NetworkMode === "" ? "default" : body.NetworkMode,
    dns: body.Dns,
    dnsSearch: body.DnsSearch,
    dnsOptions: body.DnsOptions,
    extraHosts: body.ExtraHosts,
    links: body.Links,
    autoRemove: body.AutoRemove,
    restartPolicy: restartPolicy(body.RestartPolicy),
    shmSize: body.ShmSize,
    init: body.Init ?? false,
    logDriver: body.LogConfig?.Type ?? "",
    logOptions: body.LogConfig?.Config ?? {},
    // Of one that is not there the engine says so.
    runtime: body.Runtime,
    annotations: body.Annotations,
    deviceCgroupRules: body.DeviceCgroupRules,
    deviceRequests: body.DeviceRequests.map((request) => ({
      driver: request.Driver,
      count: request.Count,
      deviceIds: request.DeviceIDs,
      capabilities: request.Capabilities,
      options: request.Options,
    })),
    storageOptions: body.StorageOpt,
    shown: {
      empty: body.$empty,
      volumeDriver: body.VolumeDriver,
      containerIdFile: body.ContainerIDFile,
      cgroup: body.Cgroup,
      isolation: body.Isolation,
      cpuCount: body.CpuCount,
      restartPolicyName: body.RestartPolicy?.Name ?? "",
      init: body.Init ?? null,
      ...(isPlain(body.PortBindings) ? {} : { portBindings: body.PortBindings }),
      ...(body.ConsoleSize ? { consoleSize: body.ConsoleSize } : {}),
    },
    ...(body.MaskedPaths ? { maskedPaths: body.MaskedPaths } : {}),
    ...(body.ReadonlyPaths ? { readonlyPaths: body.ReadonlyPaths } : {}),
  };
}

function isolation(body: HostConfigBody) {
  return {
    privileged: body.Privileged,
    readonlyRootfs: body.ReadonlyRootfs,
    capAdd: body.CapAdd,
    capDrop: body.CapDrop,
    groupAdd: body.GroupAdd,
    securityOpt: body.SecurityOpt,
    pidMode: body.PidMode,
    ipcMode: body.IpcMode,
    utsMode: body.UTSMode,
    usernsMode: body.UsernsMode,
    cgroupnsMode: body.CgroupnsMode,
    cgroupParent: body.CgroupParent,
    sysctls: body.Sysctls,
    devices: body.Devices.map((device) => ({
      pathOnHost: device.PathOnHost,
      pathInContainer: device.PathInContainer,
      cgroupPermissions: device.CgroupPermissions,
    })),
  };
}

type ResourceBody = Pick<HostConfigBody, keyof typeof resourceFields> & { OomScoreAdj?: number };

/** Resources as the engine takes them. */
export function resources(body: ResourceBody): ResourceConfig {
  return {
    memory: body.Memory,
    memoryReservation: body.MemoryReservation,
    memorySwap: body.MemorySwap,
    // -1 is how older clients say "not set".
    memorySwappiness: body.MemorySwappiness === -1 ? undefined : (body.MemorySwappiness ?? undefined),
    oomKillDisable: body.OomKillDisable,
    oomScoreAdj: body.OomScoreAdj ?? 0,
    nanoCpus: body.NanoCpus,
    cpuShares: body.CpuShares,
    cpuPeriod: body.CpuPeriod,
    cpuQuota: body.CpuQuota,
    cpusetCpus: body.CpusetCpus,
    cpusetMems: body.CpusetMems,
    pidsLimit: Math.max(body.PidsLimit ?? 0, 0),
    blkioWeight: body.BlkioWeight,
    blkioWeightDevices: body.BlkioWeightDevice.map(({ Path, Weight }) => ({ path: Path, weight: Weight })),
    blkioThrottles: {
      readBps: throttles(body.BlkioDeviceReadBps),
      writeBps: throttles(body.BlkioDeviceWriteBps),
      readIops: throttles(body.BlkioDeviceReadIOps),
      writeIops: throttles(body.BlkioDeviceWriteIOps),
    },
    kernelMemory: body.KernelMemory,
    kernelMemoryTcp: body.KernelMemoryTCP,
    cpuPercent: body.CpuPercent,
    cpuRealtimePeriod: body.CpuRealtimePeriod,
    cpuRealtimeRuntime: body.CpuRealtimeRuntime,
    ulimits: body.Ulimits.map((limit) => ({ name: limit.Name, soft: limit.Soft, hard: limit.Hard })),
  };
}

function throttles(devices: readonly { Path: string; Rate: number }[]): { path: string; rate: number }[] {
  return devices.map(({ Path, Rate }) => ({ path: Path, rate: Rate }));
}

/** Of a name that is none the engine says so. */
export function restartPolicy(body: HostConfigBody["RestartPolicy"]): RestartPolicy {
  const name = body?.Name === undefined || body.Name === "" ? "no" : body.Name;
  return { name: name as RestartPolicy["name"], maximumRetryCount: body?.MaximumRetryCount ?? 0 };
}

/** EndpointSettings as the engine takes them. */
export function endpointRequest(body: EndpointBody | null | undefined): EndpointRequest {
  const { IPAMConfig: ipam, DriverOpts: driverOptions, MacAddress: mac, GwPriority: gatewayPriority } = body ?? {};
  const empty = ipam && !ipam.IPv4Address && !ipam.IPv6Address && ipam.LinkLocalIPs.length === 0;
  return {
    aliases: body?.Aliases ?? [],
    links: body?.Links ?? [],
    ...(ipam?.IPv4Address ? { ipv4: ipam.IPv4Address } : {}),
    ...(ipam?.IPv6Address ? { ipv6: ipam.IPv6Address } : {}),
    ...(ipam && ipam.LinkLocalIPs.length > 0 ? { linkLocal: ipam.LinkLocalIPs } : {}),
    ...(empty ? { emptyIpam: true } : {}),
    ...(mac ? { mac } : {}),
    ...(driverOptions ? { driverOptions } : {}),
    ...(gatewayPriority ? { gatewayPriority } : {}),
  };
}
