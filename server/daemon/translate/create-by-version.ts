import type { MountRequest } from "../../engine/containers/container.ts";
import { InvalidArgument } from "../../engine/errdefs/errors.ts";
import { type ApiVersion, atLeast } from "../http/api-version.ts";
import { fitEndpointsToVersion } from "./endpoints-by-version.ts";
import { takeHostConfigAtTop } from "./host-config-at-top.ts";
import type { CreateContainerBody, HostConfigBody, UpdateContainerBody } from "./schemas.ts";

/**
 * What a request to create a container means in the version that its client speaks: fields that came later are passed
 * over, and what was another way then is as it was (moby, container_routes.go, postContainersCreate; Engine API version
 * history). Changes `body`.
 * @returns warnings for the client
 * @throws InvalidArgument in dockerd's words
 */
export function fitCreateToVersion(body: CreateContainerBody, version: ApiVersion): string[] {
  if (!atLeast(version, "1.44")) {
    takeHostConfigAtTop(body);
  }
  const host = body.HostConfig;
  const networks = Object.keys(body.NetworkingConfig?.EndpointsConfig ?? {});
  if (networks.length > 1 && !atLeast(version, "1.44")) {
    throw new InvalidArgument(`Container cannot be connected to network endpoints: ${networks.join(", ")}`);
  }
  if (!atLeast(version, "1.44") && body.Healthcheck) {
    delete body.Healthcheck.StartInterval;
  }
  const warnings = fitEndpointsToVersion(body, version);
  if (host === null || host === undefined) {
    return warnings;
  }
  fitHostConfig(host, version);
  if (atLeast(version, "1.44")) checkHostConfig(host);
  checkMounts(host, version);
  return [...ignoredDriver(host, version), ...warnings, ...imageMounts(host)];
}

/** Since 1.44 a bind that is only to be read is so with what is mounted beneath it, unless the client asks for another. */
export function mountsOfVersion(mounts: readonly MountRequest[], version: ApiVersion): MountRequest[] {
  const whole = ({ type, readonly, recursiveReadonly }: MountRequest) =>
    type === "bind" && readonly && recursiveReadonly === undefined && atLeast(version, "1.44");
  return mounts.map((mount) => (whole(mount) ? { ...mount, recursiveReadonly: "yes" } : mount));
}

/** The same of a change of its limits. Changes `body`. */
export function fitUpdateToVersion(body: UpdateContainerBody, version: ApiVersion): void {
  if (!atLeast(version, "1.40")) {
    body.PidsLimit = null;
  }
  if (atLeast(version, "1.42")) {
    body.KernelMemory = 0;
  }
}

function fitHostConfig(host: HostConfigBody, version: ApiVersion): void {
  if (!atLeast(version, "1.25")) {
    host.AutoRemove = false;
  }
  if (!atLeast(version, "1.40")) {
    host.KernelMemoryTCP = 0;
    host.IpcMode ||= "shareable";
  }
  if (!atLeast(version, "1.42")) {
    host.ConsoleSize = undefined;
  } else {
    host.KernelMemory = 0;
  }
  if (!atLeast(version, "1.43")) {
    host.Annotations = {};
  }
  if ("" in host.Annotations) {
    throw new InvalidArgument("invalid Annotations: the empty string is not permitted as an annotation key");
  }
  for (const mount of host.Mounts) {
    const { BindOptions: bind } = mount;
    if (bind && !atLeast(version, "1.40")) bind.NonRecursive = false;
    if (!atLeast(version, "1.42")) {
      if (bind) bind.CreateMountpoint = false;
      if (mount.Type !== "volume" && mount.Type !== "bind") mount.VolumeOptions = undefined;
    }
  }
}

/** What was told at the start, or never (moby, daemon/daemon_unix.go and container.go). @throws InvalidArgument in dockerd's words */
function checkHostConfig(host: HostConfigBody): void {
  const other = "container:.+";
  const whys: [boolean, string][] = [
    [
      !new RegExp(`^(?:|none|private|shareable|host|${other})$`).test(host.IpcMode),
      `invalid IPC mode: ${host.IpcMode}`,
    ],
    [!new RegExp(`^(?:|host|${other})$`).test(host.PidMode), `invalid PID mode: ${host.PidMode}`],
    [!["", "host"].includes(host.UTSMode), `invalid UTS mode: ${host.UTSMode}`],
    [host.CpuShares < 0, `invalid CPU shares (${host.CpuShares}): value must be a positive integer`],
  ];
  const [why] = whys.flatMap(([wrong, text]) => (wrong ? [text] : []));
  if (why !== undefined) throw new InvalidArgument(why);
}

function checkMounts(host: HostConfigBody, version: ApiVersion): void {
  const refuse = (when: boolean, message: string) => {
    if (when) throw new InvalidArgument(message);
  };
  for (const { Type, BindOptions: bind, VolumeOptions: volume, TmpfsOptions: tmpfs } of host.Mounts) {
    const wrong = (name: string, options: unknown, type: string) =>
      refuse(
        atLeast(version, "1.42") && options !== null && options !== undefined && Type !== type,
        `${name} must not be specified on mount type ${JSON.stringify(Type)}`,
      );
    wrong("VolumeOptions", volume, "volume");
    wrong("BindOptions", bind, "bind");
    wrong("TmpfsOptions", tmpfs, "tmpfs");
    refuse(
      bind?.ReadOnlyForceRecursive === true && !atLeast(version, "1.44"),
      "BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer",
    );
    refuse(
      (volume?.Subpath ?? "") !== "" && !atLeast(version, "1.45"),
      "VolumeOptions.Subpath needs API v1.45 or newer",
    );
    refuse(Type === "image" && !atLeast(version, "1.48"), 'Mount type "Image" needs API v1.48 or newer');
  }
}

function ignoredDriver(host: HostConfigBody, version: ApiVersion): string[] {
  const ambiguous = host.Mounts.some(
    ({ Type, VolumeOptions: volume }) => Type === "volume" && !volume?.DriverConfig?.Name,
  );
  return host.VolumeDriver !== "" && atLeast(version, "1.48") && ambiguous
    ? [
        "WARNING: the container-wide volume-driver configuration is ignored for volumes specified via 'mount'. Use '--mount type=volume,volume-driver=...' instead",
      ]
    : [];
}

function imageMounts(host: HostConfigBody): string[] {
  return host.Mounts.filter(({ Type }) => Type === "image").map(() => "Image mount is an experimental feature");
}
