import { RuleRefusal } from "../errdefs/errors.ts";
import { parseCidr } from "../network/cidr.ts";
import { mayReachName } from "../network/egress.ts";
import { interfaceSysctls } from "../network/endpoint-options.ts";
import { isPrivateBlock } from "../network/ipam.ts";
import type { EndpointRequest, HostOptions, MountRequest, NewContainer } from "../containers/container.ts";
import { maskedPaths, readonlyPaths } from "../runtime/spec/paths.ts";
import type { Ulimit } from "../runtime/spec/rlimits.ts";
import { registryHost } from "../remotes/hosts.ts";
import type { RuntimeName } from "../runtime/task.ts";
import type { Policy, RuleName } from "./policy.ts";
import type { TenantPaths } from "./tenant.ts";
import { workspaceBind } from "./workspace-paths.ts";

/** What was asked, why it is refused, what to do instead: the three sentences of a refusal. */
interface Refusal {
  asked: string;
  /** as in `./drydock policy` */
  rule: RuleName;
  why: string;
  instead: string;
}

/**
 * Refuses a container that its tenant's policy does not allow.
 * @throws PermissionDenied with what was asked, the rule, the reason and a way that works
 */
export function checkContainer(policy: Policy, request: NewContainer, paths: TenantPaths): void {
  for (const check of checks) {
    for (const refusal of check(policy, request.host)) {
      throw new PolicyRefusal(policy, refusal);
    }
  }
  for (const mount of request.host.mounts) {
    checkMount(policy, mount, paths);
  }
  for (const endpoint of Object.values(request.networks)) {
    checkEndpoint(policy, endpoint);
  }
}

/** Settings of an interface: drydockd writes them, with more rights than a container has. @throws PermissionDenied */
export function checkEndpoint(policy: Policy, { driverOptions }: Pick<EndpointRequest, "driverOptions">): void {
  for (const refusal of sysctlRefusals(policy, interfaceSysctls(driverOptions))) {
    throw new PolicyRefusal(policy, refusal);
  }
}

/** What a policy refuses, and by which rule. */
export class PolicyRefusal extends RuleRefusal {
  constructor(policy: Policy, { asked, rule, why, instead }: Refusal) {
    super(rule, `${asked} is not allowed here (rule "${rule}" of the ${policy.name} policy): ${why} ${instead}`);
  }
}

type Check = (policy: Policy, host: HostOptions) => Generator<Refusal>;

function checkPrivileged(policy: Policy, host: HostOptions): Generator<Refusal> {
  return privilegedRefusal(policy, host.privileged);
}

export function* privilegedRefusal(policy: Policy, asked: boolean): Generator<Refusal> {
  if (asked && !policy.privileged) {
    yield {
      asked: "--privileged",
      rule: "privileged",
      why: "a privileged container has every capability and sees the machine's devices, so it could take over the machine that others share.",
      instead: "Leave it out: building images, and docker itself in the workstation, work without it.",
    };
  }
}

const hostModes = [
  [
    "network",
    "networkMode",
    "the machine's network interfaces and every service listening on them",
    "Publish a port with -p, or put containers on one network with --network.",
  ],
  ["pid", "pidMode", "every process of the machine", "Use --pid container:<name> to see another of your containers."],
  [
    "ipc",
    "ipcMode",
    "the machine's shared memory",
    "Use --ipc container:<name> to share memory between your containers.",
  ],
  ["uts", "utsMode", "the machine's host name", "Use --hostname to name your container."],
  [
    "userns",
    "usernsMode",
    "the machine's user ids, so root inside would be root outside",
    "Leave it out: root inside the container is an ordinary user outside.",
  ],
  ["cgroupns", "cgroupnsMode", "the machine's control groups", "Leave it out: the container has a view of its own."],
] as const;

export function* checkNamespaces(policy: Policy, host: Partial<HostOptions>): Generator<Refusal> {
  for (const [flag, field, seen, instead] of hostModes) {
    if (host[field] === "host" && !policy.hostNamespaces) {
      yield {
        asked: `--${flag} host`,
        rule: "hostNamespaces",
        why: `without a namespace of its own the container would see ${seen}.`,
        instead,
      };
    }
  }
}

function* checkDevices(policy: Policy, host: HostOptions): Generator<Refusal> {
  const [device] = host.devices;
  const [rule] = host.deviceCgroupRules ?? [];
  if ((device !== undefined || rule !== undefined) && !policy.devices) {
    yield {
      asked: device === undefined ? `--device-cgroup-rule ${rule}` : `--device ${device.pathOnHost}`,
      rule: "devices",
      why: "a device is part of the machine, not of your container.",
      instead: "The usual ones (/dev/null, /dev/zero, /dev/random, /dev/tty) are there without asking.",
    };
  }
}

function* checkCapabilities(policy: Policy, host: HostOptions): Generator<Refusal> {
  if (policy.capabilities === "all") {
    return;
  }
  for (const capability of host.capAdd) {
    // Docker's documentation has the names without the prefix, which newer clients add by themselves.
    const name = capability.toUpperCase().replace(/^CAP_/, "");
    if (!policy.capabilities.includes(name)) {
      yield {
        asked: `--cap-add ${name}`,
        rule: "capabilities",
        why: "the capability opens parts of the kernel that are shared with others.",
        instead: `These can be added: ${policy.capabilities.join(", ")}.`,
      };
    }
  }
}

/** Its own right to it goes before everything else on the machine, whatever share of the processors the tenant has. */
export function* checkRealTime(policy: Policy, { ulimits }: { ulimits: readonly Ulimit[] }): Generator<Refusal> {
  const asked = ulimits.find(({ name, soft, hard }) => name === "rtprio" && (soft !== 0 || hard !== 0));
  if (asked === undefined || policy.capabilities === "all") return;
  yield {
    asked: `--ulimit rtprio=${asked.hard}`,
    rule: "capabilities",
    why: "a process in real time goes before everything else on the machine, and no share of the processors holds it back.",
    instead: "Leave it out; --cpu-shares says which of your own containers goes first.",
  };
}

function* checkSecurityOptions(policy: Policy, host: HostOptions): Generator<Refusal> {
  if (policy.unconfined) {
    return;
  }
  for (const option of host.securityOpt) {
    if (!/^no-new-privileges(?:[:=](?:true|false))?$/.test(option)) {
      yield {
        asked: `--security-opt ${option}`,
        rule: "unconfined",
        why: "the default seccomp and AppArmor profiles keep a container away from dangerous system calls.",
        instead: "Leave it out; no-new-privileges can be set, which confines further.",
      };
    }
  }
  const shown =
    maskedPaths.find((path) => host.maskedPaths?.includes(path) === false) ??
    readonlyPaths.find((path) => host.readonlyPaths?.includes(path) === false);
  if (shown !== undefined) {
    yield {
      asked: "--security-opt systempaths=unconfined",
      rule: "unconfined",
      why: `${shown} tells or changes something of the machine that others share.`,
      instead: "Leave it out.",
    };
  }
}

function checkSysctls(policy: Policy, host: HostOptions): Generator<Refusal> {
  return sysctlRefusals(policy, Object.keys(host.sysctls));
}

function* sysctlRefusals(policy: Policy, names: readonly string[]): Generator<Refusal> {
  if (policy.sysctls === "all") {
    return;
  }
  for (const name of names) {
    const allowed = policy.sysctls.some((entry) =>
      entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry,
    );
    if (!allowed) {
      yield {
        asked: `--sysctl ${name}`,
        rule: "sysctls",
        why: "the setting is the kernel's own and would change for everybody.",
        instead: `Settings of a container's own namespaces can be changed: ${policy.sysctls.join(", ")}.`,
      };
    }
  }
}

function isRuntime(name: string): name is RuntimeName {
  return ["crun", "runc", "runsc"].includes(name);
}

export function* cgroupParentRefusal(policy: Policy, cgroupParent: string): Generator<Refusal> {
  if (cgroupParent !== "" && !policy.cgroupParent) {
    yield {
      asked: `--cgroup-parent ${cgroupParent}`,
      rule: "cgroupParent",
      why: "all your containers live under one control group, which holds your share of the machine.",
      instead: "Use --memory, --cpus and --pids-limit to divide your share.",
    };
  }
}

function* checkRuntime(policy: Policy, host: HostOptions): Generator<Refusal> {
  yield* cgroupParentRefusal(policy, host.cgroupParent);
  // Of a runtime that is none, create says so.
  const chosen = policy.runtime !== "machine";
  const runtimes = chosen ? [policy.runtime] : policy.runtimes;
  if (isRuntime(host.runtime) && !runtimes.includes(host.runtime)) {
    yield {
      asked: `--runtime ${host.runtime}`,
      rule: chosen ? "runtime" : "runtimes",
      why: "who runs this playground chose the runtime that isolates its guests.",
      instead: "Leave it out.",
    };
  }
  const annotation = Object.keys(host.annotations)[0];
  if (annotation !== undefined && !policy.annotations) {
    yield {
      asked: `--annotation ${annotation}`,
      rule: "annotations",
      why: "annotations steer the runtime outside the container.",
      instead: "Use --label to note something about a container.",
    };
  }
}

function* checkLogDriver({ logDrivers }: Policy, { logDriver }: HostOptions): Generator<Refusal> {
  if (logDriver === "" || logDrivers === "all" || logDrivers.includes(logDriver)) return;
  yield {
    asked: `--log-driver ${logDriver}`,
    rule: "logDrivers",
    why: "what a container writes is kept here, and not sent elsewhere in the machine's name.",
    instead: `Use ${logDrivers.join(", ")}; docker logs shows what was written.`,
  };
}

function* checkOom(policy: Policy, host: HostOptions): Generator<Refusal> {
  if (policy.oomTuning) {
    return;
  }
  if (host.oomKillDisable || host.oomScoreAdj < 0) {
    yield {
      asked: host.oomKillDisable ? "--oom-kill-disable" : `--oom-score-adj ${host.oomScoreAdj}`,
      rule: "oomTuning",
      why: "when memory runs out, the kernel would end somebody else's process in place of this one.",
      instead: "Set --memory to what the container needs; a positive --oom-score-adj is allowed.",
    };
  }
}

const checks: readonly Check[] = [
  checkPrivileged,
  checkNamespaces,
  checkDevices,
  checkCapabilities,
  checkRealTime,
  checkSecurityOptions,
  checkSysctls,
  checkRuntime,
  checkLogDriver,
  checkOom,
];

function checkMount(policy: Policy, mount: MountRequest, paths: TenantPaths): void {
  if (mount.type === "volume" && Object.keys(mount.volumeOptions ?? {}).length > 0 && !policy.volumeOptions) {
    throw volumeOptionsRefusal(policy);
  }
  if (mount.type !== "bind" || mount.ofEngine === true || policy.binds === "host") {
    return;
  }
  if (workspaceBind(mount.source, paths) === undefined) {
    throw new PolicyRefusal(policy, {
      asked: `Mounting ${mount.source}`,
      rule: "binds",
      why: "paths of the machine are not yours; a bind mount here means a path of your workstation, where /workspace is.",
      instead: "Use a path under /workspace (-v /workspace/app:/src), or a named volume (-v data:/src).",
    });
  }
  if (!["", "private", "rprivate"].includes(mount.propagation ?? "")) {
    throw new PolicyRefusal(policy, {
      asked: `Mount propagation ${mount.propagation}`,
      rule: "binds",
      why: "mounts made in a container would appear outside of it.",
      instead: "Leave it out (rprivate is the default).",
    });
  }
}

/**
 * For what the engine fetches in a tenant's stead (ADD, contexts and archives by URL), which would be a way around the
 * firewall. @throws PermissionDenied
 */
export function checkReach(policy: Policy, host: string): void {
  if (mayReachName(policy, host.toLowerCase())) {
    return;
  }
  throw new PolicyRefusal(policy, {
    asked: `Fetching from ${host}`,
    rule: "egress",
    why: "from here only what the operator has listed can be reached, so that nothing is carried out or in unseen.",
    instead: "Put the file into the workspace and COPY it, or ask the operator to list the host.",
  });
}

/**
 * For registries: what is pushed goes out, and what is asked for tells something, too. Not asked for those that the operator
 * has listed. @param domain as in a reference: `docker.io`. @throws PermissionDenied
 */
export function checkRegistry(policy: Policy, domain: string): void {
  const host = registryHost(domain);
  const names = [domain, host].map((name) => name.replace(/:\d+$/, "").toLowerCase());
  if (names.some((name) => mayReachName(policy, name))) return;
  throw new PolicyRefusal(policy, {
    asked: `Reaching the registry ${domain}`,
    rule: "egress",
    why: "from here only what the operator has listed can be reached, so that nothing is carried out or in unseen.",
    instead: "Use an image that is here (docker images), or ask the operator to list the registry.",
  });
}

/** A privileged exec would be a way around the rule for containers. @throws PermissionDenied */
export function checkExec(policy: Policy, request: { privileged: boolean }): void {
  for (const refusal of privilegedRefusal(policy, request.privileged)) {
    throw new PolicyRefusal(policy, refusal);
  }
}

/** Installing one: it would be a program of the machine's. @throws PermissionDenied */
export function checkPluginInstall(policy: Policy): void {
  if (policy.volumePlugins) return;
  throw new PolicyRefusal(policy, {
    asked: "Installing a plugin",
    rule: "volumePlugins",
    why: "a plugin is a program that runs on the machine with its rights, for everybody.",
    instead: "Use the drivers that there are: docker info names them.",
  });
}

/** @param asked `A network of the driver macvlan`. @throws PermissionDenied for what is of the machine's own network */
export function checkMachineNetwork(policy: Policy, asked: string): void {
  if (policy.machineNetworks) return;
  throw new PolicyRefusal(policy, {
    asked,
    rule: "machineNetworks",
    why: "the machine's own network and its devices are not for guests.",
    instead: "Use a bridge network without a name for its device, and publish ports.",
  });
}

/** A network's, as a user asks for it; what is no subnet is told by who takes it. @throws PermissionDenied */
export function checkSubnet(policy: Policy, text = ""): void {
  const subnet = parseCidr(text);
  if (policy.machineNetworks || subnet === undefined || isPrivateBlock(subnet)) return;
  throw new PolicyRefusal(policy, {
    asked: `The subnet ${text}`,
    rule: "machineNetworks",
    why: "it would take the real addresses from everybody on this machine.",
    instead: "Choose a private block of /16 or smaller, such as 172.30.0.0/24 or fd00:1::/64.",
  });
}

/** One that is a program of the machine, if there is it. @throws PermissionDenied */
export function checkVolumeDriver(policy: Policy, driver: string): void {
  if (driver === "local" || policy.volumePlugins) return;
  throw new PolicyRefusal(policy, {
    asked: `A volume of the driver ${driver}`,
    rule: "volumePlugins",
    why: "such a driver is a program that runs on the machine with its rights, for everybody.",
    instead: "Leave the driver out: a volume of the engine's own keeps files just as well.",
  });
}

/** @throws PermissionDenied for options of a volume, unless the policy allows them */
export function checkVolumeOptions(policy: Policy, options: Record<string, string>): void {
  if (Object.keys(options).length > 0 && !policy.volumeOptions) {
    throw volumeOptionsRefusal(policy);
  }
}

function volumeOptionsRefusal(policy: Policy): PolicyRefusal {
  return new PolicyRefusal(policy, {
    asked: "Options for a volume's driver",
    rule: "volumeOptions",
    why: "they can mount devices and directories of the machine.",
    instead: "Create the volume without options; use --tmpfs for a file system in memory.",
  });
}
