import { InvalidArgument } from "../../errdefs/errors.ts";

/** capabilities(7) in the order of their numbers, as of Linux 6.x. */
export const allCapabilities: readonly string[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_DAC_READ_SEARCH",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETPCAP",
  "CAP_LINUX_IMMUTABLE",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_BROADCAST",
  "CAP_NET_ADMIN",
  "CAP_NET_RAW",
  "CAP_IPC_LOCK",
  "CAP_IPC_OWNER",
  "CAP_SYS_MODULE",
  "CAP_SYS_RAWIO",
  "CAP_SYS_CHROOT",
  "CAP_SYS_PTRACE",
  "CAP_SYS_PACCT",
  "CAP_SYS_ADMIN",
  "CAP_SYS_BOOT",
  "CAP_SYS_NICE",
  "CAP_SYS_RESOURCE",
  "CAP_SYS_TIME",
  "CAP_SYS_TTY_CONFIG",
  "CAP_MKNOD",
  "CAP_LEASE",
  "CAP_AUDIT_WRITE",
  "CAP_AUDIT_CONTROL",
  "CAP_SETFCAP",
  "CAP_MAC_OVERRIDE",
  "CAP_MAC_ADMIN",
  "CAP_SYSLOG",
  "CAP_WAKE_ALARM",
  "CAP_BLOCK_SUSPEND",
  "CAP_AUDIT_READ",
  "CAP_PERFMON",
  "CAP_BPF",
  "CAP_CHECKPOINT_RESTORE",
];

/** What Docker gives a container that asks for nothing (docs.docker.com, "Linux kernel capabilities"). */
export const defaultCapabilities: readonly string[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FSETID",
  "CAP_FOWNER",
  "CAP_MKNOD",
  "CAP_NET_RAW",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETFCAP",
  "CAP_SETPCAP",
  "CAP_NET_BIND_SERVICE",
  "CAP_SYS_CHROOT",
  "CAP_KILL",
  "CAP_AUDIT_WRITE",
];

/**
 * Capabilities of a container after `--cap-add` and `--cap-drop`.
 *
 * Names come with or without `CAP_`, in either case; `ALL` stands for every one of `possible`. As in Docker:
 * drop ALL starts from nothing, add ALL from everything, and single names win over ALL.
 *
 * @param possible those this machine can give (the bounding set of drydockd)
 * @throws InvalidArgument for a name that is no capability
 */
export function resolveCapabilities(options: {
  add?: readonly string[];
  drop?: readonly string[];
  privileged?: boolean;
  possible?: readonly string[];
}): string[] {
  const possible = options.possible ?? allCapabilities;
  if (options.privileged) return [...possible];
  const add = (options.add ?? []).map(normaliseCapability);
  const drop = new Set((options.drop ?? []).map(normaliseCapability));
  let base: readonly string[] = defaultCapabilities;
  if (add.includes("ALL")) base = possible;
  else if (drop.has("ALL")) base = [];
  const wanted = new Set(base.filter((name) => !drop.has(name)));
  for (const name of add) if (name !== "ALL" && !drop.has(name)) wanted.add(name);
  return [...wanted].filter((name) => possible.includes(name));
}

/** Names of `--cap-add` or `--cap-drop`. @throws InvalidArgument in dockerd's words, which name the API's field */
export function checkCapabilities(field: "CapAdd" | "CapDrop", names: readonly string[]): void {
  for (const name of names) {
    const upper = name.toUpperCase();
    const full = upper === "ALL" || upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
    if (full !== "ALL" && !allCapabilities.includes(full)) {
      throw new InvalidArgument(`invalid ${field}: unknown capability: ${JSON.stringify(full)}`);
    }
  }
}

/** `net_admin` → `CAP_NET_ADMIN`. @throws InvalidArgument for an unknown name */
export function normaliseCapability(name: string): string {
  const upper = name.toUpperCase();
  if (upper === "ALL") return upper;
  const full = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  if (!allCapabilities.includes(full)) throw new InvalidArgument(`invalid capability: ${JSON.stringify(name)}`);
  return full;
}

/** The capabilities in a mask of /proc/<pid>/status (hexadecimal, one bit each). */
export function capabilitiesOfMask(mask: string): string[] {
  const bits = BigInt(`0x${mask.trim()}`);
  return allCapabilities.filter((_, bit) => (bits >> BigInt(bit)) & 1n);
}
