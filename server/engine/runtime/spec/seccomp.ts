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
const SOL_PACKET = 263;
/** PACKET_RX_RING, PACKET_TX_RING (packet(7)): 5, and 13, which has one bit more */
const packetRing = { value: 5, more: 8 };
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
    ...families.map((family) => ({
      names: ["socket", "socketpair"],
      action: "SCMP_ACT_ALLOW",
      args: [{ index: 0, value: lowest(32), valueTwo: family, op: "SCMP_CMP_MASKED_EQ" }],
    })),
    ...allBut(F_SETLEASE, lowest(11), { names: ["fcntl", "fcntl64"], index: 1 }),
    ...personalities.map((value) => ({
      names: ["personality"],
      action: "SCMP_ACT_ALLOW",
      args: [{ index: 0, value, op: "SCMP_CMP_EQ" }],
    })),
  ];
  if (!names.has("setsockopt")) {
    // Their memory is the kernel's, as much as there is, and on no account: one call would take all of the machine's.
    rules.push(
      ...allBut(SOL_PACKET, lowest(9), { names: ["setsockopt"], index: 1 }),
      ...allBut(packetRing.value, lowest(8) & ~packetRing.more, { names: ["setsockopt"], index: 2 }),
    );
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

/** So many bits. */
function lowest(count: number): number {
  return 2 ** count - 1;
}

/**
 * Allows all values of an int argument but one: each that differs in one of `bits`. Of an argument a filter sees 64 bits, of
 * which the kernel takes 32: "not equal" would hold for the value itself, with any of the others set.
 */
function allBut(value: number, bits: number, { names, index }: { names: string[]; index: number }): SeccompRule[] {
  const masks = Array.from({ length: 32 }, (_, bit) => 2 ** bit).filter((mask) => (bits & mask) !== 0);
  return masks.map((mask) => ({
    names,
    action: "SCMP_ACT_ALLOW",
    args: [{ index, value: mask, valueTwo: mask - (value & mask), op: "SCMP_CMP_MASKED_EQ" }],
  }));
}
