import type {
  EndpointRequest,
  HostOptions,
  MountRequest,
  ResourceConfig,
  RestartPolicy,
} from "../../engine/containers/container.ts";
import { InvalidArgument } from "../../engine/errdefs/errors.ts";
import type { PortBinding } from "../../engine/network/network-service.ts";
import type { RuntimeName } from "../../engine/runtime/task.ts";
import type { EndpointBody, HostConfigBody, MountBody } from "./schemas.ts";

const runtimes = new Set<string>(["", "crun", "runc", "runsc"]);
const restartNames = new Set<string>(["no", "always", "on-failure", "unless-stopped"]);

/** HostConfig as the engine takes it. @throws InvalidArgument in dockerd's words */
export function hostOptions(body: HostConfigBody): HostOptions {
  return {
    ...resources(body),
    ...isolation(body),
    mounts: mounts(body),
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
    runtime: runtimeName(body.Runtime),
    annotations: body.Annotations,
    ...(body.MaskedPaths ? { maskedPaths: body.MaskedPaths } : {}),
    ...(body.ReadonlyPaths ? { readonlyPaths: body.ReadonlyPaths } : {}),
  };
}

function isolation(body: HostConfigBody) {
  if ((body.DeviceRequests ?? []).length > 0) {
    throw new InvalidArgument("could not select device driver: this engine gives containers no GPUs or other devices");
  }
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

type ResourceBody = Pick<
  HostConfigBody,
  | "Memory"
  | "MemoryReservation"
  | "MemorySwap"
  | "MemorySwappiness"
  | "OomKillDisable"
  | "NanoCpus"
  | "CpuShares"
  | "CpuPeriod"
  | "CpuQuota"
  | "CpusetCpus"
  | "CpusetMems"
  | "PidsLimit"
  | "BlkioWeight"
  | "Ulimits"
> & { OomScoreAdj?: number };

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
    pidsLimit: body.PidsLimit,
    blkioWeight: body.BlkioWeight,
    ulimits: body.Ulimits.map((limit) => ({ name: limit.Name, soft: limit.Soft, hard: limit.Hard })),
  };
}

/** @throws InvalidArgument */
export function restartPolicy(body: HostConfigBody["RestartPolicy"]): RestartPolicy {
  const name = body?.Name === undefined || body.Name === "" ? "no" : body.Name;
  if (!restartNames.has(name)) {
    throw new InvalidArgument(
      `invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
    );
  }
  const count = body?.MaximumRetryCount ?? 0;
  if (count < 0 || (count > 0 && name !== "on-failure")) {
    throw new InvalidArgument(
      "invalid restart policy: maximum retry count can only be used with 'on-failure' and cannot be negative",
    );
  }
  return { name: name as RestartPolicy["name"], maximumRetryCount: count };
}

function runtimeName(name: string): RuntimeName | "" {
  if (!runtimes.has(name)) {
    throw new InvalidArgument(`unknown or invalid runtime name: ${name}; this engine has crun, runc and runsc`);
  }
  return name as RuntimeName | "";
}

/** `-p` in the form of the API: `{"80/tcp": [{"HostIp", "HostPort"}]}`, a host port may be a range: `8000-8010`. */
export function portBindings(body: HostConfigBody["PortBindings"]): PortBinding[] {
  return Object.entries(body).flatMap(([key, bindings]) => {
    const { port, protocol } = parsePort(key);
    return bindings.map((binding) => ({
      protocol,
      containerPort: port,
      hostAddress: binding.HostIp === "" ? "0.0.0.0" : binding.HostIp,
      ...hostPorts(binding.HostPort),
    }));
  });
}

function hostPorts(text: string): Pick<PortBinding, "hostPort" | "lastHostPort"> {
  const match = /^(\d{0,5})(?:-(\d{1,5}))?$/.exec(text);
  const hostPort = Number(match?.[1]);
  const last = Number(match?.[2] ?? hostPort);
  if (match === null || last > 65_535 || last < hostPort || (match[2] !== undefined && hostPort === 0)) {
    throw new InvalidArgument(`invalid host port: ${text}; expected a form like 8080 or 8000-8010`);
  }
  return last === hostPort ? { hostPort } : { hostPort, lastHostPort: last };
}

/** `80/tcp`, `53/udp`, `80`. @throws InvalidArgument */
export function parsePort(key: string): { port: number; protocol: "tcp" | "udp" } {
  const match = /^(\d{1,5})(?:\/(tcp|udp))?$/i.exec(key);
  const port = Number(match?.[1]);
  if (match === null || port < 1 || port > 65535) {
    throw new InvalidArgument(`invalid port specification: "${key}"; expected a form like 80/tcp`);
  }
  return { port, protocol: (match[2]?.toLowerCase() ?? "tcp") as "tcp" | "udp" };
}

function mounts(body: HostConfigBody): MountRequest[] {
  return [...body.Binds.map((bind) => parseBind(bind, body.VolumeDriver)), ...body.Mounts.map(mountRequest)];
}

const bindModes = /^(?:ro|rw|z|Z|nocopy|r?private|r?shared|r?slave|cached|delegated|consistent)$/;

/** Each once and of one kind. @throws InvalidArgument in dockerd's words */
function checkBindModes(bind: string, modes: readonly string[]): void {
  const groups = [
    /^(?:ro|rw)$/,
    /^[zZ]$/,
    /^nocopy$/,
    /^r?(?:private|shared|slave)$/,
    /^(?:cached|delegated|consistent)$/,
  ];
  if (
    modes.some((mode) => !bindModes.test(mode)) ||
    groups.some((group) => modes.filter((mode) => group.test(mode)).length > 1)
  ) {
    throw new InvalidArgument(`invalid mode: ${bind.split(":")[2] ?? ""}`);
  }
}

/** `-v`: `/host:/inside[:ro,z,...]` or `volume:/inside`. @throws InvalidArgument */
export function parseBind(bind: string, volumeDriver: string): MountRequest {
  const [source = "", target = "", modes = "", ...rest] = bind.split(":");
  if (rest.length > 0 || source === "" || target === "") {
    throw new InvalidArgument(`invalid volume specification: '${bind}'`);
  }
  if (!target.startsWith("/")) {
    throw new InvalidArgument(
      `invalid volume specification: '${bind}': invalid mount config for type "volume": invalid mount path: '${target}' mount path must be absolute`,
    );
  }
  if (target.replaceAll(/\/+/g, "/") === "/") {
    throw new InvalidArgument(`invalid volume specification: '${bind}': destination can't be '/'`);
  }
  const options = modes.split(",").filter((mode) => mode !== "");
  checkBindModes(bind, options);
  const isPath = source.startsWith("/");
  const propagation = options.find((mode) => /^r?(private|shared|slave)$/.test(mode));
  return {
    type: isPath ? "bind" : "volume",
    source,
    target,
    readonly: options.includes("ro"),
    ...(options.includes("nocopy") ? { noCopy: true } : {}),
    ...(propagation === undefined ? {} : { propagation }),
    ...(!isPath && volumeDriver !== "" ? { volumeDriver } : {}),
    ...(isPath ? { createSource: true } : {}),
  };
}

function mountRequest(body: MountBody): MountRequest {
  const { Type: type } = body;
  if (type !== "bind" && type !== "volume" && type !== "tmpfs") {
    throw new InvalidArgument(`invalid mount config for type "${type}": mount type unknown`);
  }
  if (!body.Target.startsWith("/")) {
    throw new InvalidArgument(
      body.Target === ""
        ? `invalid mount config for type "${type}": field Target must not be empty`
        : `invalid mount config for type "${type}": invalid mount path: '${body.Target}' mount path must be absolute`,
    );
  }
  if (type === "bind" && !body.Source.startsWith("/")) {
    throw new InvalidArgument(
      body.Source === ""
        ? 'invalid mount config for type "bind": field Source must not be empty'
        : `invalid mount config for type "bind": invalid mount path: '${body.Source}' mount path must be absolute`,
    );
  }
  return { type, source: body.Source, target: body.Target, readonly: body.ReadOnly, ...mountDetails(body) };
}

function mountDetails(body: MountBody): Partial<MountRequest> {
  const { BindOptions: bind, VolumeOptions: volume, TmpfsOptions: tmpfs } = body;
  return {
    ...(body.Type === "bind" ? { createSource: bind?.CreateMountpoint ?? false } : {}),
    ...(bind?.Propagation ? { propagation: bind.Propagation } : {}),
    ...(volume?.NoCopy === true ? { noCopy: true } : {}),
    ...(volume?.Subpath ? { volumeSubpath: volume.Subpath } : {}),
    ...(volume === null || volume === undefined
      ? {}
      : {
          volumeLabels: volume.Labels,
          volumeOptions: volume.DriverConfig?.Options ?? {},
          ...(volume.DriverConfig?.Name ? { volumeDriver: volume.DriverConfig.Name } : {}),
        }),
    ...(tmpfs === null || tmpfs === undefined ? {} : { tmpfsSize: tmpfs.SizeBytes, tmpfsMode: tmpfs.Mode }),
  };
}

/** EndpointSettings as the engine takes them. */
export function endpointRequest(body: EndpointBody | null | undefined): EndpointRequest {
  return {
    aliases: body?.Aliases ?? [],
    links: body?.Links ?? [],
    ...(body?.IPAMConfig?.IPv4Address ? { ipv4: body.IPAMConfig.IPv4Address } : {}),
    ...(body?.MacAddress ? { mac: body.MacAddress } : {}),
  };
}
