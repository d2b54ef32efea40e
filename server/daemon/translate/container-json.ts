import { createHash } from "node:crypto";
import { dirname, join, posix } from "node:path";
import type { Container, ProcessConfig, ResolvedMount } from "../../engine/containers/container.ts";
import type { ApiVersion } from "../http/api-version.ts";
import { parseNetworkMode } from "../../engine/containers/network-mode.ts";
import { hostConfigJson, portBindingsJson } from "./host-config-json.ts";
import { type NetworkPlace, networksJson } from "./endpoint-json.ts";
import { isoTime } from "./time.ts";

/** What inspect shows beside the container's own record. */
export interface ContainerSurroundings {
  networks: NetworkPlace[];
  logPath: string;
  /** LowerDir, UpperDir, ... of its own file system */
  layerPaths?: Record<string, string>;
  /** the profile of containers that ask for none; undefined without AppArmor */
  appArmor?: string | undefined;
  /** where its layers are, in Docker's words */
  driver: string;
  sizes: { rw: number; rootFs: number } | undefined;
  version: ApiVersion;
  /** `/other:/container/alias`, or as they were given */
  links?: readonly string[];
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
    ...pathsJson(container, around.logPath),
    Name: `/${container.name}`,
    RestartCount: container.restartCount,
    Driver: around.driver,
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: appArmorProfile(container, around.appArmor),
    ExecIDs: container.execIds.length === 0 ? null : container.execIds,
    HostConfig: hostConfigJson(container.host, around.version, around.links),
    GraphDriver: { Data: around.layerPaths ?? null, Name: around.driver },
    ...(around.sizes === undefined ? {} : { SizeRw: around.sizes.rw, SizeRootFs: around.sizes.rootFs }),
    Mounts: mountPointsJson(container),
    Config: { ...configJson(config), ...macAddressJson(container) },
    NetworkSettings: networkSettings(container, around.networks, around.version),
  };
}

/** What was asked for is shown also where nothing is done with it. @param loaded the engine's own, where the kernel has AppArmor */
function appArmorProfile({ host }: Container, loaded: string | undefined): string {
  const profiles = host.securityOpt.map((option) => /^apparmor[=:](.*)$/s.exec(option)?.[1]);
  const asked = profiles.findLast((profile) => profile !== undefined);
  return asked ?? (loaded === undefined ? "" : host.privileged ? "unconfined" : loaded);
}

/** The address asked for on the network that it is on by `--network`: once a field of the container's (moby, daemon/inspect.go). */
function macAddressJson({ host, networks }: Container): object {
  const mode = parseNetworkMode(host.networkMode);
  const asked = mode.kind === "network" ? (networks[mode.name] ?? networks[host.networkMode] ?? host)?.mac : undefined;
  return asked === undefined ? {} : { MacAddress: asked };
}

/** Files of the engine's that the container has: they are there from its first start on. */
function pathsJson(container: Container, logPath: string): object {
  const begun = container.startedAt !== undefined || container.error !== "" || container.pid !== 0;
  const path = (name: string) => (begun ? join(dirname(logPath), name) : "");
  const logs = begun && ["", "json-file"].includes(container.host.logDriver);
  return {
    ResolvConfPath: path("resolv.conf"),
    HostnamePath: path("hostname"),
    HostsPath: path("hosts"),
    LogPath: logs ? logPath : "",
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
    Cmd: shownList(config, "Cmd", config.cmd),
    ...(config.healthcheck === undefined ? {} : { Healthcheck: config.healthcheck }),
    ...(config.argsEscaped === true ? { ArgsEscaped: true } : {}),
    Image: config.image,
    Volumes: config.volumes.length === 0 ? null : emptyObjects(config.volumes),
    WorkingDir: config.workingDir,
    Entrypoint: shownList(config, "Entrypoint", config.entrypoint),
    ...(config.networkDisabled ? { NetworkDisabled: true } : {}),
    OnBuild: config.onBuild ?? null,
    Labels: config.labels,
    ...(config.stopSignal === "" ? {} : { StopSignal: config.stopSignal }),
    ...(config.stopTimeout === undefined ? {} : { StopTimeout: config.stopTimeout }),
    ...(config.shell === undefined ? {} : { Shell: config.shell }),
  };
}

/** null where neither the client nor the image gave any, [] where the client gave an empty list. */
function shownList(config: ProcessConfig, name: string, values: readonly string[]): readonly string[] | null {
  return values.length === 0 && config.shownEmpty?.includes(name) !== true ? null : values;
}

/** What `--tmpfs` mounts shows in HostConfig only. */
export function mountPointsJson({ mounts, host }: Pick<Container, "mounts" | "host">): object[] {
  const hidden = new Set(Object.keys(host.tmpfs).map((target) => posix.resolve("/", target)));
  return mounts.filter((mount) => mount.type !== "tmpfs" || !hidden.has(mount.target)).map(mountPointJson);
}

/** Engine API, MountPoint. */
function mountPointJson(mount: ResolvedMount): object {
  return {
    Type: mount.type,
    ...(mount.name === "" ? {} : { Name: mount.name }),
    Source: mount.type === "bind" && mount.requestedSource !== "" ? cleanPath(mount.requestedSource) : mount.source,
    Destination: mount.target,
    ...(mount.driver === "" ? {} : { Driver: mount.driver }),
    Mode: mount.mode ?? (mount.type === "volume" ? "z" : ""),
    RW: !mount.readonly,
    Propagation: mount.propagation,
  };
}

/** Go's path.Clean of an absolute path. */
function cleanPath(path: string): string {
  return path.startsWith("/") ? posix.resolve(path) : path;
}

function networkSettings(container: Container, networks: readonly NetworkPlace[], version: ApiVersion): object {
  const main = networks.find(({ network }) => network.name === "bridge")?.endpoint;
  return {
    Bridge: "",
    SandboxID: sandboxId(container),
    SandboxKey: container.pid === 0 ? "" : `/proc/${container.pid}/ns/net`,
    Ports: portsJson(container),
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: main?.id ?? "",
    Gateway: main?.gateway ?? "",
    GlobalIPv6Address: main?.ipv6 ?? "",
    GlobalIPv6PrefixLen: main?.prefixLength6 ?? 0,
    IPAddress: main?.ipv4 ?? "",
    IPPrefixLen: main?.prefixLength ?? 0,
    IPv6Gateway: main?.gateway6 ?? "",
    MacAddress: main?.mac ?? "",
    Networks: networksJson(container, networks, version),
  };
}

/** Of its last run; a container that is on another's network has none. */
function sandboxId({ id, startedAt, host }: Container): string {
  return startedAt === undefined || host.networkMode.startsWith("container:")
    ? ""
    : createHash("sha256").update(`${id} ${startedAt}`).digest("hex");
}

/** While it runs, on a network of its own. */
export function hasPorts({ pid, networks }: Container): boolean {
  return pid !== 0 && Object.keys(networks).some((name) => name !== "none" && name !== "host");
}

/** Every exposed port of a running container, with its bindings or null (Engine API, PortMap). */
export function portsJson(container: Container): Record<string, object[] | null> {
  if (!hasPorts(container)) {
    return {};
  }
  return {
    ...Object.fromEntries(container.config.exposedPorts.map((port) => [port, null])),
    ...portBindingsJson(container.ports),
  };
}

export function emptyObjects(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}
