import type { HostFacts } from "./host.ts";
import { allowed, byArchitecture, byCapability, tracing } from "./seccomp-syscalls.ts";

/** runtime-spec config-linux.md, Seccomp */
export interface SeccompProfile {
  defaultAction: string;
  defaultErrnoRet: number;
  architectures: string[];
  syscalls: SeccompRule[];
}

export interface SeccompRule {
  names: string[];
  action: string;
  errnoRet?: number;
  args?: { index: number; value: number; valueTwo?: number; op: string }[];
}

const EPERM = 1;
const ENOSYS = 38;
/**
 * AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET. Others speak to the hypervisor (AF_VSOCK), have memory of the kernel's
 * that is on no account (AF_XDP), or bring parts of the kernel that nobody else here needs.
 */
const families = [1, 2, 10, 16, 17];
const SOL_SOCKET = 1;
const IPPROTO_TCP = 6;
const SOL_PACKET = 263;
/**
 * Options of sockets by which one container has of the kernel's memory what all need. As much as the machine has, on no
 * account: rings of packets (PACKET_RX_RING, PACKET_TX_RING), tables of who shares them (PACKET_FANOUT, half a megabyte for
 * each socket), addresses without end (PACKET_ADD_MEMBERSHIP), keys (TCP_MD5SIG, TCP_MD5SIG_EXT, TCP_AO_ADD_KEY). What
 * there is for all (bpf_jit_limit), without which no container begins: compiled filters (SO_ATTACH_FILTER,
 * SO_ATTACH_REUSEPORT_CBPF, PACKET_FANOUT_DATA).
 */
const refusedOptions: readonly [level: number, options: readonly number[]][] = [
  [SOL_SOCKET, [26, 51]],
  [IPPROTO_TCP, [14, 32, 38]],
  [SOL_PACKET, [1, 5, 13, 18, 22]],
];
/** fcntl(2): whoever opens the file waits until the lease is given back, 45 s. That could be drydockd, for all tenants. */
const F_SETLEASE = 1024;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET: none may be set */
const namespaceFlags = 0x7e020000;
/** Execution domains (personality(2)): Linux, 32-bit Linux, both without address randomisation's base, and "query" */
const personalities = [0x0, 0x0008, 0x20000, 0x20008, 0xffffffff];

const architectures = {
  x64: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  arm64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
} as const;

/**
 * Docker's default seccomp profile, fitted to this machine and to the container's capabilities: what is not allowed
 * fails with EPERM, leases on files too (docs/differences.md). New namespaces need CAP_SYS_ADMIN; clone3, whose flags a
 * filter cannot see, fails with ENOSYS without it, so that the C library falls back to clone.
 */
export function defaultSeccomp(
  host: Pick<HostFacts, "arch" | "kernel">,
  capabilities: readonly string[],
): SeccompProfile {
  const names = new Set([...allowed, ...byArchitecture[host.arch]]);
  const [major, minor] = host.kernel;
  if (major > 4 || (major === 4 && minor >= 8)) for (const name of tracing) names.add(name);
  for (const capability of capabilities) for (const name of byCapability[capability] ?? []) names.add(name);
  const rules: SeccompRule[] = [
    { names: [...names], action: "SCMP_ACT_ALLOW" },
    // libseccomp lets it through wherever one of the calls that it stands for is allowed with any arguments at all.
    { names: ["socketcall"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
    ...families.map((family) => allow(["socket", "socketpair"], [0, exactly(family)])),
    ...otherThan([F_SETLEASE], 1024).map((command) => allow(["fcntl", "fcntl64"], [1, command])),
    ...personalities.map((value) => ({
      names: ["personality"],
      action: "SCMP_ACT_ALLOW",
      args: [{ index: 0, value, op: "SCMP_CMP_EQ" }],
    })),
  ];
  if (!names.has("setsockopt")) {
    const levels = otherThan(
      refusedOptions.map(([level]) => level),
      256,
    );
    rules.push(...levels.map((level) => allow(["setsockopt"], [1, level])));
    for (const [level, refused] of refusedOptions) {
      const options = otherThan(refused, 64);
      rules.push(...options.map((option) => allow(["setsockopt"], [1, exactly(level)], [2, option])));
    }
  }
  if (!names.has("clone")) {
    rules.push(
      {
        names: ["clone"],
        action: "SCMP_ACT_ALLOW",
        args: [{ index: 0, value: namespaceFlags, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
      },
      { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
    );
  }
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: EPERM,
    architectures: [...architectures[host.arch]],
    syscalls: rules,
  };
}

/**
 * An int argument. Of an argument a filter sees 64 bits, of which the kernel takes 32: equal are these, and "not equal" would
 * hold for the value itself, with any of the others set.
 */
interface Pattern {
  mask: number;
  value: number;
}

function exactly(value: number): Pattern {
  return { mask: 0xffffffff, value };
}

/** Patterns that all values have but those refused: each is of a half, quarter, ... in which none of these is. @param bit the highest that counts */
function otherThan(refused: readonly number[], bit: number, within: Pattern = { mask: 0, value: 0 }): Pattern[] {
  if (refused.length === 0) return [within];
  if (bit < 1) return [];
  return [0, bit].flatMap((value) =>
    otherThan(
      refused.filter((each) => (each & bit) === value),
      bit / 2,
      { mask: within.mask + bit, value: within.value + value },
    ),
  );
}

function allow(names: string[], ...args: [index: number, pattern: Pattern][]): SeccompRule {
  return {
    names,
    action: "SCMP_ACT_ALLOW",
    args: args.map(([index, { mask, value }]) => ({ index, value: mask, valueTwo: value, op: "SCMP_CMP_MASKED_EQ" })),
  };
}
