import { allCapabilities } from "../runtime/spec/capabilities.ts";
import { packageSources, parsePrivateHost } from "../network/private-host.ts";
import type { RuntimeName } from "../runtime/task.ts";
import { limitKinds, type LimitName, limitNames } from "./limits.ts";
import type { PolicyName } from "./tenant.ts";

/** A limit for every tenant of the policy that has none of its own. */
export type LimitRule = number | "none";

/**
 * What a tenant may ask of a container, as data. `checkContainer` (policy-check.ts) applies it at create; the API
 * never bypasses it.
 */
export interface Policy extends Record<LimitName, LimitRule> {
  name: PolicyName;
  privileged: boolean;
  /** `--network host`, `--pid host`, `--ipc host`, `--uts host`, `--userns host`, `--cgroupns host` */
  hostNamespaces: boolean;
  devices: boolean;
  /** what `--cap-add` may name, without `CAP_`; `all`: anything */
  capabilities: readonly string[] | "all";
  /** `--security-opt seccomp=...`, `apparmor=...`, `systempaths=unconfined`, own profiles */
  unconfined: boolean;
  /** exact names, or prefixes ending in `*` */
  sysctls: readonly string[] | "all";
  /** `host`: any path of the machine. `workspace`: only the learner's own files, under /workspace */
  binds: "host" | "workspace";
  cgroupParent: boolean;
  /** `host`: `-p` opens a port of the machine. `workstation`: one at the localhost of the learner's own workstation */
  publish: "host" | "workstation";
  /** what containers and build steps run on; `machine`: what is the machine's own choice */
  runtime: RuntimeName;
  /** what `--runtime` may name, where `runtime` is `machine`: else nothing but that */
  runtimes: readonly RuntimeName[];
  /** what `--log-driver` may name */
  logDrivers: readonly string[] | "all";
  /** annotations steer the OCI runtime (crun: `run.oci.*`), even to writing host files */
  annotations: boolean;
  /** `--oom-kill-disable`, negative `--oom-score-adj` */
  oomTuning: boolean;
  /** `--volume-opt`: the local driver would mount devices with them */
  volumeOptions: boolean;
  /** drivers of volumes that are programs of the machine */
  volumePlugins: boolean;
  /** the machine's own and private networks: by containers and build steps, registries, `ADD` and contexts by URL */
  privateAddresses: boolean;
  /** what is open without `privateAddresses`, to the same: `ADDRESS:PORT`, or `package-sources` */
  privateHosts: readonly string[];
  /** what containers and build steps reach of the outside; `registries`: what names of `packageHosts` lead to */
  egress: "all" | "registries" | "none";
  /** exact names, or `*.` and all beneath a name */
  packageHosts: readonly string[];
  /** networks on subnets of one's own choice beside the engine's, bridges by name, macvlan */
  machineNetworks: boolean;
}

/** The operator's words are the learner's: refusals name the rule by its key. */
export type RuleName = Exclude<keyof Policy, "name">;

/** What one rule is, for whoever changes it. */
export interface PolicyRule {
  kind: "switch" | "list" | "choice" | "limit";
  /** of a choice: what it may be; of a list: what it may hold, anything if there are none */
  values?: readonly string[];
  /** of a list: what an entry must be, and how that is said */
  entry?: { fits: (text: string) => boolean; like: string };
  /** a list may be `all` */
  all?: true;
  about: string;
}

const runtimeNames: readonly RuntimeName[] = ["crun", "runc", "runsc"];

export const policyRules: Readonly<Record<RuleName, PolicyRule>> = {
  privileged: { kind: "switch", about: "--privileged: every capability and device of the machine" },
  hostNamespaces: { kind: "switch", about: "--network, --pid, --ipc, --uts, --userns, --cgroupns host" },
  devices: { kind: "switch", about: "--device, --device-cgroup-rule, --gpus" },
  capabilities: {
    kind: "list",
    all: true,
    values: allCapabilities.map((name) => name.replace("CAP_", "")),
    about: "what --cap-add may name",
  },
  unconfined: { kind: "switch", about: "--security-opt seccomp=, apparmor=, systempaths=unconfined" },
  sysctls: { kind: "list", all: true, about: "what --sysctl may set; a * at the end stands for anything" },
  binds: {
    kind: "choice",
    values: ["workspace", "host"],
    about: "what -v PATH means: the learner's own files, or any path of the machine",
  },
  cgroupParent: { kind: "switch", about: "--cgroup-parent" },
  publish: {
    kind: "choice",
    values: ["workstation", "host"],
    about: "where -p opens a port: at the localhost of the learner's workstation, or (host) at the machine's addresses",
  },
  runtime: {
    kind: "choice",
    values: ["machine", ...runtimeNames],
    about: "what containers and build steps run on: runsc is gVisor; machine is the machine's own choice",
  },
  runtimes: { kind: "list", values: runtimeNames, about: "what --runtime may name where runtime is machine" },
  logDrivers: { kind: "list", all: true, about: "what --log-driver may name" },
  annotations: { kind: "switch", about: "--annotation: steers the runtime, even to writing files of the machine" },
  oomTuning: { kind: "switch", about: "--oom-kill-disable, negative --oom-score-adj" },
  volumeOptions: { kind: "switch", about: "--opt of volumes: can mount the machine's devices and directories" },
  volumePlugins: { kind: "switch", about: "volume drivers that are programs of the machine" },
  privateAddresses: {
    kind: "switch",
    about: "private networks: by containers and build steps, registries, ADD and contexts by URL",
  },
  privateHosts: {
    kind: "list",
    entry: {
      fits: (text) => text === packageSources || parsePrivateHost(text) !== undefined,
      like: `addresses with a port (10.0.0.5:3142, [fd00::5]:3142), or ${packageSources}`,
    },
    about: `ADDRESS:PORT of private networks that are open all the same; ${packageSources}: those of this machine's apt, npm, pip`,
  },
  egress: {
    kind: "choice",
    values: ["all", "registries", "none"],
    about: "what containers and build steps reach of the outside: all, the names of packageHosts, nothing",
  },
  packageHosts: { kind: "list", about: "names that egress=registries lets through; *.NAME is all beneath it" },
  machineNetworks: { kind: "switch", about: "networks on any subnet, bridges by name, macvlan" },
  ...limitRules(({ about }): PolicyRule => ({ kind: "limit", about: `limit: ${about}` })),
};

function limitRules<T>(make: (limit: { about: string }) => T): Record<LimitName, T> {
  return Object.fromEntries(limitNames.map((name) => [name, make(limitKinds[name])])) as Record<LimitName, T>;
}

const unlimited = limitRules((): LimitRule => "none");

/** Docker's default capabilities: a container has them anyway, so adding one asks for nothing. */
export const defaultCapabilities = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FSETID",
  "FOWNER",
  "MKNOD",
  "NET_RAW",
  "SETGID",
  "SETUID",
  "SETFCAP",
  "SETPCAP",
  "NET_BIND_SERVICE",
  "SYS_CHROOT",
  "KILL",
  "AUDIT_WRITE",
] as const;

/** Kernel settings that belong to the container's own IPC or network namespace. */
const namespacedSysctls = [
  "kernel.msgmax",
  "kernel.msgmnb",
  "kernel.msgmni",
  "kernel.sem",
  "kernel.shmall",
  "kernel.shmmax",
  "kernel.shmmni",
  "kernel.shm_rmid_forced",
  "fs.mqueue.*",
  "net.ipv4.ip_forward",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_*",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.conf.*",
  "net.ipv6.conf.*",
  "net.core.somaxconn",
] as const;

/** A learner known to the teacher: room for debuggers, none to reach the host. */
const classPolicy: Policy = {
  name: "class",
  privileged: false,
  hostNamespaces: false,
  devices: false,
  capabilities: [...defaultCapabilities, "SYS_PTRACE", "SYS_NICE", "IPC_LOCK"],
  unconfined: false,
  sysctls: namespacedSysctls,
  binds: "workspace",
  cgroupParent: false,
  publish: "workstation",
  runtime: "machine",
  // Old releases of runsc run as the machine's `nobody`, for all tenants: for the operator to choose (decision 10).
  runtimes: ["crun", "runc"],
  logDrivers: ["json-file", "local", "none"],
  annotations: false,
  oomTuning: false,
  volumeOptions: false,
  volumePlugins: false,
  privateAddresses: false,
  privateHosts: [packageSources],
  egress: "all",
  packageHosts: [],
  machineNetworks: false,
  ...unlimited,
  swap: 0,
  openFiles: 65_536,
  inodes: 1_000_000,
  images: 500,
  networks: 20,
  volumes: 100,
  ports: 500,
  concurrentBuilds: 4,
  execs: 100,
  logs: 200 * 2 ** 20,
  requests: 200,
  requestsAtOnce: 200,
  connections: 1_000,
};

/** What a container runs on that names no runtime, and a build step. @param machine the machine's own choice */
export function runtimeOf({ runtime }: Pick<Policy, "runtime">, machine: RuntimeName): RuntimeName {
  return runtime === "machine" ? machine : runtime;
}

/** Those that ship; an operator's changes are laid over them (policy-book.ts). */
export const policies: Readonly<Record<PolicyName, Policy>> = {
  open: {
    name: "open",
    privileged: true,
    hostNamespaces: true,
    devices: true,
    capabilities: "all",
    unconfined: true,
    sysctls: "all",
    binds: "host",
    cgroupParent: true,
    publish: "host",
    runtime: "machine",
    runtimes: runtimeNames,
    logDrivers: "all",
    annotations: true,
    oomTuning: true,
    volumeOptions: true,
    volumePlugins: true,
    privateAddresses: true,
    privateHosts: [],
    egress: "all",
    packageHosts: [],
    machineNetworks: true,
    ...unlimited,
    concurrentBuilds: 4,
    logs: 200 * 2 ** 20,
    connections: 1_000,
  },
  class: classPolicy,
  public: {
    ...classPolicy,
    name: "public",
    capabilities: defaultCapabilities,
    runtimes: [],
    inodes: 500_000,
    execs: 50,
  },
};
