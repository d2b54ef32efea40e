import type { Container, ProcessConfig, ResolvedMount } from "../../engine/containers/container.ts";
import type { Endpoint, Network } from "../../engine/network/network-service.ts";
import { hexOf } from "../../engine/oci/digest.ts";
import { hostConfigJson, portBindingsJson } from "./host-config-json.ts";
import { isoTime } from "./time.ts";

/** What inspect shows beside the container's own record. */
export interface ContainerSurroundings {
  /** networks by name → the network and the endpoint, if the container is up */
  networks: { network: Network; endpoint: Endpoint | undefined }[];
  logPath: string;
  sizes: { rw: number; rootFs: number } | undefined;
}

/** Engine API, ContainerInspectResponse. */
export function containerJson(container: Container, around: ContainerSurroundings): object {
  const { config } = container;
  const line = [...config.entrypoint, ...config.cmd];
  return {
    Id: container.id,
    Created: isoTime(container.createdAt),
    Path: line[0] ?? "",
    Args: line.slice(1),
    State: stateJson(container),
    Image: container.imageId,
    ResolvConfPath: "",
    HostnamePath: "",
    HostsPath: "",
    LogPath: around.logPath,
    Name: `/${container.name}`,
    RestartCount: container.restartCount,
    Driver: "overlay2",
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: container.execIds.length === 0 ? null : container.execIds,
    HostConfig: hostConfigJson(container.host),
    GraphDriver: { Data: null, Name: "overlay2" },
    ...(around.sizes === undefined ? {} : { SizeRw: around.sizes.rw, SizeRootFs: around.sizes.rootFs }),
    Mounts: container.mounts.map(mountPointJson),
    Config: configJson(config),
    NetworkSettings: networkSettings(container, around.networks),
  };
}

/** Engine API, ContainerState. */
export function stateJson(container: Container): object {
  const { status, health } = container;
  return {
    Status: status,
    Running: status === "running" || status === "paused" || status === "restarting",
    Paused: status === "paused",
    Restarting: status === "restarting",
    OOMKilled: container.oomKilled,
    Dead: status === "dead",
    Pid: container.pid,
    ExitCode: container.exitCode,
    Error: container.error,
    StartedAt: isoTime(container.startedAt),
    FinishedAt: isoTime(container.finishedAt),
    ...(health === undefined
      ? {}
      : {
          Health: {
            Status: health.status,
            FailingStreak: health.failingStreak,
            Log: health.log.map((entry) => ({
              Start: isoTime(entry.start),
              End: isoTime(entry.end),
              ExitCode: entry.exitCode,
              Output: entry.output,
            })),
          },
        }),
  };
}

/** Engine API, ContainerConfig. */
export function configJson(config: ProcessConfig): object {
  return {
    Hostname: config.hostname,
    Domainname: config.domainname,
    User: config.user,
    AttachStdin: config.attachStdin,
    AttachStdout: config.attachStdout,
    AttachStderr: config.attachStderr,
    ...(config.exposedPorts.length === 0 ? {} : { ExposedPorts: emptyObjects(config.exposedPorts) }),
    Tty: config.tty,
    OpenStdin: config.openStdin,
    StdinOnce: config.stdinOnce,
    Env: config.env,
    Cmd: config.cmd.length === 0 ? null : config.cmd,
    ...(config.healthcheck === undefined ? {} : { Healthcheck: config.healthcheck }),
    Image: config.image,
    Volumes: config.volumes.length === 0 ? null : emptyObjects(config.volumes),
    WorkingDir: config.workingDir,
    Entrypoint: config.entrypoint.length === 0 ? null : config.entrypoint,
    ...(config.networkDisabled ? { NetworkDisabled: true } : {}),
    OnBuild: null,
    Labels: config.labels,
    ...(config.stopSignal === "" ? {} : { StopSignal: config.stopSignal }),
    ...(config.stopTimeout === undefined ? {} : { StopTimeout: config.stopTimeout }),
    ...(config.shell === undefined ? {} : { Shell: config.shell }),
  };
}

/** Engine API, MountPoint. */
export function mountPointJson(mount: ResolvedMount): object {
  return {
    Type: mount.type,
    ...(mount.name === "" ? {} : { Name: mount.name }),
    Source: mount.type === "bind" && mount.requestedSource !== "" ? mount.requestedSource : mount.source,
    Destination: mount.target,
    ...(mount.driver === "" ? {} : { Driver: mount.driver }),
    Mode: mount.readonly ? "ro" : mount.type === "volume" ? "z" : "",
    RW: !mount.readonly,
    Propagation: mount.propagation,
  };
}

function networkSettings(container: Container, networks: ContainerSurroundings["networks"]): object {
  const main = networks.find(({ network }) => network.name === "bridge")?.endpoint;
  return {
    Bridge: "",
    SandboxID: container.pid === 0 ? "" : container.id,
    SandboxKey: container.pid === 0 ? "" : `/proc/${container.pid}/ns/net`,
    Ports: portsJson(container),
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: main?.id ?? "",
    Gateway: main?.gateway ?? "",
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    IPAddress: main?.ipv4 ?? "",
    IPPrefixLen: main?.prefixLength ?? 0,
    IPv6Gateway: "",
    MacAddress: main?.mac ?? "",
    Networks: networksJson(container, networks),
  };
}

/** Every exposed port of a running container, with its bindings or null (Engine API, PortMap). */
export function portsJson(container: Container): Record<string, object[] | null> {
  if (container.pid === 0) {
    return {};
  }
  return {
    ...Object.fromEntries(container.config.exposedPorts.map((port) => [port, null])),
    ...portBindingsJson(container.ports),
  };
}

/** Network name → Engine API, EndpointSettings. */
export function networksJson(
  container: Container,
  networks: ContainerSurroundings["networks"],
): Record<string, object> {
  return Object.fromEntries(
    networks.map(({ network, endpoint }) => {
      const request = container.networks[network.name] ?? container.networks[network.id];
      const predefined = network.name === "bridge" || network.driver === "host" || network.driver === "none";
      const aliases = request?.aliases ?? [];
      const dnsNames = [...new Set([container.name, ...aliases, container.id.slice(0, 12)])];
      return [
        network.name,
        {
          IPAMConfig: request?.ipv4 === undefined ? null : { IPv4Address: request.ipv4 },
          Links: request === undefined || request.links.length === 0 ? null : request.links,
          Aliases: aliases.length === 0 ? null : aliases,
          MacAddress: endpoint?.mac ?? request?.mac ?? "",
          DriverOpts: null,
          GwPriority: 0,
          NetworkID: network.id,
          EndpointID: endpoint?.id ?? "",
          Gateway: endpoint?.gateway ?? "",
          IPAddress: endpoint?.ipv4 ?? "",
          IPPrefixLen: endpoint?.prefixLength ?? 0,
          IPv6Gateway: "",
          GlobalIPv6Address: "",
          GlobalIPv6PrefixLen: 0,
          DNSNames: predefined ? null : dnsNames,
        },
      ];
    }),
  );
}

export function emptyObjects(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

/** The short id that clients show. */
export function shortImageId(container: Container): string {
  return hexOf(container.imageId).slice(0, 12);
}
