import { FailedPrecondition } from "../../errdefs/errors.ts";
import type { IdMap } from "../../mount/mount.ts";
import type { RuntimeMount, RuntimeSpec } from "../runtime-spec.ts";
import { profileOf } from "./apparmor.ts";
import { resolveCapabilities } from "./capabilities.ts";
import type { DeviceRule, SpecDevice } from "./devices.ts";
import type { HostFacts } from "./host.ts";
import { defaultMounts, mergeMounts } from "./mounts.ts";
import { maskedPaths, readonlyPaths } from "./paths.ts";
import { defaultDeviceRules, type ResourceLimits, resolveResources } from "./resources.ts";
import { resolveRlimits, type Ulimit } from "./rlimits.ts";
import { customSeccomp } from "./seccomp-profile.ts";
import { defaultSeccomp } from "./seccomp.ts";

/** `private`: a new one; `host`: the host's; else the path of one to join (`/proc/<pid>/ns/net`). */
export type NamespaceMode = "private" | "host" | { path: string };

export interface SpecNamespaces {
  pid?: NamespaceMode;
  network?: NamespaceMode;
  ipc?: NamespaceMode;
  uts?: NamespaceMode;
  cgroup?: NamespaceMode;
  /** a path to join the user namespace of another container (needed to share its network); default: from `idMap` */
  user?: { path: string };
}

/** What a container or a build step asks for; everything but `args` and `rootfs` has Docker's default. */
export interface SpecOptions {
  args: string[];
  /** `NAME=value`; PATH, HOSTNAME, HOME and TERM are the caller's business */
  env: string[];
  cwd: string;
  rootfs: string;
  user?: { uid: number; gid: number; additionalGids: number[] };
  terminal?: boolean;
  size?: { columns: number; rows: number };
  hostname?: string;
  domainname?: string;
  readonlyRootfs?: boolean;
  /** the tenant's range; without it there is no user namespace (only for the operator's own containers) */
  idMap?: IdMap;
  /** of the container, relative to the cgroup root: `/drydock/<tenant>/<id>` */
  cgroupPath: string;
  namespaces?: SpecNamespaces;
  capAdd?: readonly string[];
  capDrop?: readonly string[];
  privileged?: boolean;
  noNewPrivileges?: boolean;
  /** bytes */
  shmSize?: number;
  sharedShm?: string;
  noShm?: boolean;
  noQueues?: boolean;
  /** laid over the default mounts */
  mounts?: readonly RuntimeMount[];
  devices?: readonly SpecDevice[];
  /** `--device-cgroup-rule`: beside what `devices` allows */
  deviceRules?: readonly DeviceRule[];
  limits?: ResourceLimits;
  ulimits?: readonly Ulimit[];
  /** the most that one process may have open, whatever `ulimits` says */
  openFiles?: number | undefined;
  sysctls?: Record<string, string>;
  /** a profile of one's own in runtime-spec form; default: Docker's profile */
  seccomp?: "default" | "unconfined" | object;
  /** an AppArmor profile of the machine's, or `unconfined`; default: ours. Without AppArmor there is none */
  appArmor?: string;
  /** replace the defaults (`--security-opt systempaths=unconfined` gives two empty lists) */
  maskedPaths?: readonly string[];
  readonlyPaths?: readonly string[];
  oomScoreAdj?: number;
  /** `shared` or `rslave`, where bind mounts are to get or to give what is mounted later; default: neither */
  rootfsPropagation?: string;
  /** run the program beneath a minimal init that reaps and forwards signals; see `withInit` */
  init?: boolean;
  annotations?: Record<string, string>;
}

/**
 * The OCI runtime spec of a container with Docker's defaults, for every runtime driver (drivers fit it to
 * their runtime). Pure but for `host`, which `readHostFacts` gives.
 * @throws InvalidArgument for unknown capabilities, ulimits or impossible limits
 */
export function defaultSpec(options: SpecOptions, host: HostFacts): RuntimeSpec {
  const capabilities = resolveCapabilities({
    ...(options.capAdd ? { add: options.capAdd } : {}),
    ...(options.capDrop ? { drop: options.capDrop } : {}),
    privileged: options.privileged ?? false,
    possible: host.capabilities,
  });
  const spec: RuntimeSpec = {
    ociVersion: "1.0.2",
    root: { path: options.rootfs, readonly: options.readonlyRootfs ?? false },
    process: processOf(options, host, capabilities),
    mounts: mergeMounts(
      defaultMounts({
        ...(options.shmSize ? { shmSize: options.shmSize } : {}),
        ...(options.sharedShm === undefined ? {} : { sharedShm: options.sharedShm }),
        privileged: options.privileged ?? false,
        hostIpc: options.namespaces?.ipc === "host",
        noShm: options.noShm ?? false,
        noQueues: options.noQueues ?? false,
        hostProc: options.namespaces?.pid === "host" && options.idMap !== undefined,
      }),
      options.mounts ?? [],
    ),
    linux: linuxOf(options, host, capabilities),
  };
  if (options.hostname !== undefined && options.namespaces?.uts !== "host") spec.hostname = options.hostname;
  if (options.domainname && options.namespaces?.uts !== "host") spec.domainname = options.domainname;
  if (options.annotations) spec.annotations = { ...options.annotations };
  return options.init ? withInit(spec, host) : spec;
}

function processOf(options: SpecOptions, host: HostFacts, capabilities: string[]): RuntimeSpec["process"] {
  const user = options.user ?? { uid: 0, gid: 0, additionalGids: [] };
  // Only root's processes hold capabilities at the start; the bounding set limits what setuid programs can regain.
  const held = user.uid === 0 ? capabilities : [];
  return {
    terminal: options.terminal ?? false,
    ...(options.terminal && options.size
      ? { consoleSize: { height: options.size.rows, width: options.size.columns } }
      : {}),
    user: {
      uid: user.uid,
      gid: user.gid,
      umask: 0o022,
      ...(user.additionalGids.length > 0 ? { additionalGids: user.additionalGids } : {}),
    },
    args: options.args,
    env: options.env,
    cwd: options.cwd === "" ? "/" : options.cwd,
    capabilities: { bounding: capabilities, effective: held, permitted: held },
    rlimits: resolveRlimits(options.ulimits ?? [], host, options.openFiles),
    noNewPrivileges: options.noNewPrivileges ?? false,
    ...profileOf(options, host),
    ...(options.oomScoreAdj === undefined ? {} : { oomScoreAdj: options.oomScoreAdj }),
  };
}

function linuxOf(options: SpecOptions, host: HostFacts, capabilities: string[]): RuntimeSpec["linux"] {
  const privileged = options.privileged ?? false;
  const seccomp = options.seccomp ?? "default";
  const confined = !privileged && seccomp !== "unconfined" && host.seccomp;
  const devices = options.devices ?? [];
  return {
    namespaces: namespacesOf(options),
    ...mappingsOf(options),
    cgroupsPath: options.cgroupPath,
    resources: {
      ...resolveResources(options.limits ?? {}, host),
      devices: privileged
        ? [{ allow: true, access: "rwm" }]
        : [...defaultDeviceRules, ...devices.map(ruleFor), ...(options.deviceRules ?? [])],
    },
    sysctl: sysctlsOf(options),
    ...(options.rootfsPropagation === undefined ? {} : { rootfsPropagation: options.rootfsPropagation }),
    ...(devices.length > 0 ? { devices: devices.map(deviceNode) } : {}),
    ...(confined
      ? {
          seccomp:
            typeof seccomp === "object"
              ? customSeccomp(seccomp, host, capabilities)
              : defaultSeccomp(host, capabilities),
        }
      : {}),
    maskedPaths: privileged ? [] : [...(options.maskedPaths ?? maskedPaths)],
    readonlyPaths: privileged ? [] : [...(options.readonlyPaths ?? readonlyPaths)],
  };
}

function namespacesOf(options: SpecOptions): RuntimeSpec["linux"]["namespaces"] {
  const asked = options.namespaces ?? {};
  const namespaces: RuntimeSpec["linux"]["namespaces"] = [{ type: "mount" }];
  for (const type of ["pid", "network", "ipc", "uts", "cgroup"] as const) {
    const mode = asked[type] ?? "private";
    if (mode === "host") continue;
    namespaces.push(mode === "private" ? { type } : { type, path: mode.path });
  }
  if (asked.user) namespaces.push({ type: "user", path: asked.user.path });
  else if (options.idMap) namespaces.push({ type: "user" });
  return namespaces;
}

function mappingsOf(options: SpecOptions): Pick<RuntimeSpec["linux"], "uidMappings" | "gidMappings"> {
  // Also for a user namespace that is joined: runc wants to be told its mappings.
  if (!options.idMap) return {};
  const mapping = { containerID: 0, hostID: options.idMap.hostBase, size: options.idMap.size };
  return { uidMappings: [mapping], gidMappings: [{ ...mapping }] };
}

/** As Docker sets them: any user may bind low ports and send pings, for the network namespace is the container's own. */
function sysctlsOf(options: SpecOptions): Record<string, string> {
  const ownNetwork = (options.namespaces?.network ?? "private") === "private";
  // In a user namespace the range must lie within the ids that are mapped, else the write gives EINVAL.
  const lastGroup = options.idMap ? options.idMap.size - 1 : 2_147_483_647;
  return {
    ...(ownNetwork
      ? { "net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": `0 ${lastGroup}` }
      : {}),
    ...options.sysctls,
  };
}

function ruleFor(device: SpecDevice): DeviceRule {
  return { allow: true, type: device.type, major: device.major, minor: device.minor, access: device.access };
}

function deviceNode(device: SpecDevice) {
  const { path, type, major, minor, fileMode } = device;
  return { path, type, major, minor, fileMode: fileMode ?? 0o660, uid: 0, gid: 0 };
}

/** Where the init binary is seen in the container; Docker's path. */
const initPath = "/sbin/docker-init";

/**
 * `docker run --init`: the program runs beneath tini (or catatonit), bind-mounted from the host.
 * @throws FailedPrecondition when none is installed
 */
export function withInit(spec: RuntimeSpec, host: Pick<HostFacts, "initBinary">): RuntimeSpec {
  if (host.initBinary === undefined) {
    throw new FailedPrecondition(
      "--init needs a minimal init program on this machine and none is installed: install the package tini or catatonit, or run the container without --init",
    );
  }
  return {
    ...spec,
    process: { ...spec.process, args: [initPath, "--", ...spec.process.args] },
    mounts: [
      ...spec.mounts,
      {
        destination: initPath,
        type: "bind",
        source: host.initBinary,
        options: ["bind", "rprivate", "ro", "nosuid", "nodev"],
      },
    ],
  };
}
