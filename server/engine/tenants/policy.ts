import type { RuntimeName } from "../runtime/task.ts";
import type { PolicyName } from "./tenant.ts";

/**
 * What a tenant may ask of a container, as data. `checkContainer` (policy-check.ts) applies it at create; the API
 * never bypasses it.
 */
export interface Policy {
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
  runtimes: readonly RuntimeName[];
  /** annotations steer the OCI runtime (crun: `run.oci.*`), even to writing host files */
  annotations: boolean;
  /** `--oom-kill-disable`, negative `--oom-score-adj` */
  oomTuning: boolean;
  /** `--volume-opt`: the local driver would mount devices with them */
  volumeOptions: boolean;
}

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
  runtimes: ["crun", "runc", "runsc"],
  annotations: false,
  oomTuning: false,
  volumeOptions: false,
};

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
    runtimes: ["crun", "runc", "runsc"],
    annotations: true,
    oomTuning: true,
    volumeOptions: true,
  },
  class: classPolicy,
  public: { ...classPolicy, name: "public", capabilities: defaultCapabilities, runtimes: [] },
};
