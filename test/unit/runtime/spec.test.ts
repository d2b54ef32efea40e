import assert from "node:assert/strict";
import { test } from "node:test";
import { bindMount } from "#engine/builder/ops/exec-mounts.ts";
import { isEngineError } from "#engine/errdefs/errors.ts";
import {
  allCapabilities,
  capabilitiesOfMask,
  defaultCapabilities,
  resolveCapabilities,
} from "#engine/runtime/spec/capabilities.ts";
import { defaultSpec, type SpecOptions } from "#engine/runtime/spec/default-spec.ts";
import { type HostFacts, readHardLimits } from "#engine/runtime/spec/host.ts";
import { resolveResources } from "#engine/runtime/spec/resources.ts";
import { resolveRlimits } from "#engine/runtime/spec/rlimits.ts";
import { defaultSeccomp } from "#engine/runtime/spec/seccomp.ts";
import { specText } from "#engine/runtime/spec/spec-text.ts";

const host: HostFacts = {
  arch: "x64",
  kernel: [6, 1],
  capabilities: [...allCapabilities],
  hardLimits: new Map([["RLIMIT_NOFILE", 20_000]]),
  cpus: 2,
  swapAccounting: true,
  seccomp: true,
  cgroups: {
    memorySwappiness: true,
    oomKillDisable: true,
    kernelMemory: true,
    pids: true,
    cpuRealtime: true,
    blkioWeight: true,
    blkioWeightDevice: true,
    blkioThrottle: true,
    cpusetCpus: "0-1",
    cpusetMems: "0",
  },
  appArmor: undefined,
  initBinary: undefined,
};
const options: SpecOptions = {
  args: ["sh"],
  env: [],
  cwd: "",
  rootfs: "/run/drydock/mounts/x",
  cgroupPath: "/drydock/t1/x",
  idMap: { hostBase: 200_000, size: 65_536 },
};
const refused = (error: unknown) => isEngineError(error, "invalid_argument");

test("capabilities: Docker's defaults, add and drop in either spelling, ALL", () => {
  assert.deepEqual(resolveCapabilities({}), defaultCapabilities);
  assert.ok(resolveCapabilities({ add: ["net_admin"] }).includes("CAP_NET_ADMIN"));
  assert.ok(!resolveCapabilities({ drop: ["CAP_CHOWN"] }).includes("CAP_CHOWN"));
  assert.deepEqual(resolveCapabilities({ drop: ["ALL"], add: ["KILL"] }), ["CAP_KILL"]);
  assert.ok(!resolveCapabilities({ add: ["ALL"], drop: ["sys_admin"] }).includes("CAP_SYS_ADMIN"));
  assert.throws(() => resolveCapabilities({ add: ["FLY"] }), refused);
  const without = allCapabilities.filter((name) => name !== "CAP_SYS_RESOURCE");
  assert.deepEqual(resolveCapabilities({ privileged: true, possible: without }), without);
  assert.deepEqual(capabilitiesOfMask("0000000000000021"), ["CAP_CHOWN", "CAP_KILL"]);
});

test("a profile of AppArmor is named where one is loaded", () => {
  const named = (asked: Partial<SpecOptions>, appArmor: string | undefined) =>
    defaultSpec({ ...options, ...asked }, { ...host, appArmor }).process.apparmorProfile;
  assert.equal(named({}, "drydock-default"), "drydock-default");
  assert.equal(named({ appArmor: "theirs" }, "drydock-default"), "theirs");
  assert.equal(named({ privileged: true }, "drydock-default"), undefined);
  assert.equal(named({}, undefined), undefined);
});

test("the spec of a container that asks for nothing", () => {
  const spec = defaultSpec(options, host);
  assert.equal(spec.process.cwd, "/");
  assert.deepEqual(spec.linux.namespaces.map(({ type }) => type).toSorted(), [
    "cgroup",
    "ipc",
    "mount",
    "network",
    "pid",
    "user",
    "uts",
  ]);
  assert.deepEqual(spec.linux.uidMappings, [{ containerID: 0, hostID: 200_000, size: 65_536 }]);
  assert.equal(spec.linux.sysctl?.["net.ipv4.ip_unprivileged_port_start"], "0");
  assert.equal(spec.linux.sysctl?.["net.ipv4.ping_group_range"], "0 65535");
  assert.deepEqual(spec.linux.resources?.devices?.[0], { allow: false, access: "rwm" });
  assert.ok(spec.linux.maskedPaths?.includes("/proc/kcore"));
  assert.ok(spec.linux.seccomp);
});

test("privileged takes the confinement away, a plain user holds no capabilities", () => {
  const privileged = defaultSpec({ ...options, privileged: true }, host);
  assert.equal(privileged.linux.seccomp, undefined);
  assert.deepEqual(privileged.linux.maskedPaths, []);
  assert.deepEqual(privileged.linux.resources?.devices, [{ allow: true, access: "rwm" }]);
  assert.ok(privileged.mounts.find(({ destination }) => destination === "/sys")?.options?.includes("rw"));
  const plain = defaultSpec({ ...options, user: { uid: 1000, gid: 1000, additionalGids: [] } }, host);
  assert.deepEqual(plain.process.capabilities?.effective, []);
  assert.deepEqual(plain.process.capabilities?.bounding, defaultCapabilities);
});

test("namespaces shared by path or with the host", () => {
  const spec = defaultSpec(
    { ...options, hostname: "h", namespaces: { network: { path: "/proc/7/ns/net" }, uts: "host", ipc: "host" } },
    host,
  );
  const paths = new Map(spec.linux.namespaces.map(({ type, path }) => [type, path]));
  assert.equal(paths.get("network"), "/proc/7/ns/net");
  assert.ok(!paths.has("uts") && !paths.has("ipc"));
  assert.equal(spec.hostname, undefined);
  assert.deepEqual(spec.linux.sysctl, {});
  for (const path of ["/dev/shm", "/dev/mqueue"]) {
    const mounted = spec.mounts.filter(({ destination }) => destination === path);
    assert.deepEqual(
      mounted.map(({ type, source }) => [type, source]),
      [["bind", path]],
    );
  }
});

test("of the machine's own mounts a container gets a private view: what is mounted in it is not mounted outside", () => {
  const namespaces = { pid: "host", ipc: "host" } as const;
  const idMap = { hostBase: 1_000_000, size: 65_536 };
  const { mounts } = defaultSpec({ ...options, namespaces, idMap, init: true }, { ...host, initBinary: "/sbin/tini" });
  const step = bindMount("/cache", "/c", "rw");
  const bound = [...mounts, step].filter(({ type }) => type === "bind");
  assert.equal(bound.length, 5);
  for (const { destination, options: given } of bound) assert.ok(given?.includes("rprivate"), destination);
});

test("own mounts replace the default ones and come parents first", () => {
  const mount = (destination: string) => ({ destination, type: "tmpfs", source: "tmpfs" });
  const spec = defaultSpec({ ...options, mounts: [mount("/a/b"), mount("/a"), mount("/dev/shm")] }, host);
  const destinations = spec.mounts.map(({ destination }) => destination);
  assert.equal(destinations.filter((each) => each === "/dev/shm").length, 1);
  assert.ok(destinations.indexOf("/a") < destinations.indexOf("/a/b"));
});

test("--init without an init program is refused with what to do", () => {
  assert.throws(
    () => defaultSpec({ ...options, init: true }, host),
    (error) => isEngineError(error, "failed_precondition") && /tini/.test(error.message),
  );
  const spec = defaultSpec({ ...options, init: true }, { ...host, initBinary: "/usr/bin/tini" });
  assert.deepEqual(spec.process.args, ["/sbin/docker-init", "--", "sh"]);
});

test("limits on open files are clamped only where they cannot be raised", () => {
  const clamped = { capabilities: [], hardLimits: new Map([["RLIMIT_NOFILE", 20_000]]) };
  assert.deepEqual(resolveRlimits([], clamped), [{ type: "RLIMIT_NOFILE", soft: 20_000, hard: 20_000 }]);
  const free = { ...clamped, capabilities: ["CAP_SYS_RESOURCE"] };
  assert.equal(resolveRlimits([], free)[0]?.hard, 1_048_576);
  const lifted = resolveRlimits([{ name: "nproc", soft: 100, hard: 200 }], free).slice(1);
  assert.deepEqual(
    lifted.map(({ type, hard }) => [type, hard]),
    [
      ["RLIMIT_NPROC", 200],
      ["RLIMIT_MEMLOCK", 2 ** 53 - 1],
      ["RLIMIT_SIGPENDING", 2 ** 53 - 1],
      ["RLIMIT_MSGQUEUE", 2 ** 53 - 1],
    ],
    "what the kernel counts for all containers together",
  );
  assert.deepEqual(resolveRlimits([], free, 4096)[0], { type: "RLIMIT_NOFILE", soft: 4096, hard: 4096 }, "a tenant's");
  assert.equal(resolveRlimits([{ name: "nofile", soft: 10, hard: -1 }], free, 4096)[0]?.hard, 4096);
  assert.deepEqual(resolveRlimits([{ name: "nofile", soft: 10, hard: 20 }], free)[0], {
    type: "RLIMIT_NOFILE",
    soft: 10,
    hard: 20,
  });
  assert.throws(() => resolveRlimits([{ name: "nofile", soft: 30, hard: 20 }], free), refused);
  assert.throws(() => resolveRlimits([{ name: "wings", soft: 1, hard: 1 }], free), refused);
  const text =
    "Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 4096                 files\nMax cpu time              unlimited            unlimited            seconds\n";
  assert.deepEqual(
    [...readHardLimits(text)],
    [
      ["RLIMIT_NOFILE", 4096],
      ["RLIMIT_CPU", Infinity],
    ],
  );
});

test("memory, swap and CPUs in Docker's terms", () => {
  assert.deepEqual(resolveResources({ memory: 8 << 20, cpus: 1.5, pids: 9 }, host), {
    memory: { limit: 8 << 20, swap: 16 << 20 },
    cpu: { quota: 150_000, period: 100_000 },
    pids: { limit: 9 },
  });
  assert.deepEqual(resolveResources({ memory: 8 << 20 }, { ...host, swapAccounting: false }), {
    memory: { limit: 8 << 20 },
  });
  assert.deepEqual(resolveResources({}, host), {});
  assert.throws(() => resolveResources({ memory: 1 << 20 }, host), refused);
  assert.throws(() => resolveResources({ memorySwap: 8 << 20 }, host), refused);
  assert.throws(() => resolveResources({ memory: 16 << 20, memorySwap: 8 << 20 }, host), refused);
  assert.throws(() => resolveResources({ cpus: 1, cpuQuota: 5 }, host), refused);
  assert.throws(() => resolveResources({ cpusetCpus: "8000" }, host), refused);
});

test("seccomp: denied by default, wider with capabilities, by architecture", () => {
  const allowedIn = (capabilities: string[], arch: "x64" | "arm64" = "x64") =>
    new Set(
      defaultSeccomp({ arch, kernel: [6, 1] }, capabilities).syscalls.flatMap((rule) =>
        rule.action === "SCMP_ACT_ALLOW" && !rule.args ? rule.names : [],
      ),
    );
  const plain = allowedIn([...defaultCapabilities]);
  for (const name of ["mount", "unshare", "setns", "bpf", "clone", "keyctl", "add_key", "reboot", "io_uring_setup"]) {
    assert.ok(!plain.has(name), name);
  }
  for (const name of ["read", "openat2", "chroot", "ptrace", "rseq", "arch_prctl"]) assert.ok(plain.has(name), name);
  assert.ok(allowedIn(["CAP_SYS_ADMIN"]).has("mount"));
  assert.ok(!plain.has("socketcall"), "whose arguments no filter sees");
  assert.ok(allowedIn(["CAP_NET_ADMIN"]).has("setsockopt"));
  assert.ok(!allowedIn([], "arm64").has("arch_prctl"));
  const rules = defaultSeccomp({ arch: "x64", kernel: [6, 1] }, []);
  const allows = (name: string, ...given: number[]) =>
    rules.syscalls.some(
      ({ names, args = [] }) =>
        names.includes(name) &&
        args.every(({ index, value, valueTwo }) => ((given[index] ?? 0) & value) >>> 0 === valueTwo),
    );
  for (const call of ["socket", "socketpair"]) {
    const numbers = Array.from({ length: 64 }, (_, family) => family);
    assert.deepEqual(
      numbers.filter((family) => allows(call, family)),
      [1, 2, 10, 16, 17],
      "unix, inet, inet6, netlink, packet",
    );
  }
  const options = Array.from({ length: 100 }, (_, option) => option);
  const [packet, tcp, socket] = [263, 6, 1];
  assert.deepEqual(
    options.filter((option) => !allows("setsockopt", 3, packet, option)),
    [1, 5, 13, 18, 22],
    "addresses, rings and tables, whose memory is on no account, and a compiled filter",
  );
  assert.deepEqual(
    options.filter((option) => !allows("setsockopt", 3, tcp, option)),
    [14, 32, 38],
    "keys, whose memory is on no account",
  );
  assert.deepEqual(
    options.filter((option) => !allows("setsockopt", 3, socket, option)),
    [26, 51],
    "compiled filters",
  );
  for (const level of [0, 7, 17, 41, 255, 270, 282]) {
    assert.ok(
      options.every((option) => allows("setsockopt", 3, level, option)),
      String(level),
    );
  }
  const commands = Array.from({ length: 1_100 }, (_, command) => command);
  assert.deepEqual(
    commands.filter((command) => !allows("fcntl", 3, command)),
    [1024],
    "leases",
  );
  for (const name of ["clone3", "socketcall"]) {
    assert.equal(rules.syscalls.find((rule) => rule.names.includes(name))?.errnoRet, 38, name);
  }
});

test("no limit is written as the kernel's, which is no number of JavaScript's", () => {
  const limits = resolveRlimits([{ name: "core", soft: 5, hard: -1 }], { capabilities: [], hardLimits: new Map() });
  const core = limits.filter(({ type }) => type === "RLIMIT_CORE");
  assert.equal(specText(core), '[{"type":"RLIMIT_CORE","soft":5,"hard":18446744073709551615}]');
});
