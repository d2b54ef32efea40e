/** What a running container is to the kernel: asked of /proc and the cgroup files, not of the engine. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Drydockd, type Outcome, type TenantClient, whyNot } from "../../suites/drydockd.ts";

const skip = whyNot() ?? false;
const engine = new Drydockd({ standIns: ["busybox"] });
let learner: TenantClient;
let other: TenantClient;
let pid = 0;

before(async () => {
  if (skip !== false) return;
  await engine.start();
  learner = await engine.tenant("learner", "class");
  other = await engine.tenant("neighbour", "class");
  for (const tenant of [learner, other]) good(await tenant.docker("pull", "-q", "busybox"));
  const limits = ["-m", "64m", "--memory-swap", "64m", "--cpus", "0.5", "--pids-limit", "33", "--cpu-shares", "512"];
  good(await learner.docker("run", "-d", "--name", "one", ...limits, "busybox", "sleep", "1000"));
  pid = await pidOf(learner, "one");
});

after(async () => {
  if (skip === false) await engine.dispose();
});

function good({ status, stdout, stderr }: Outcome): string {
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  return stdout.trim();
}

async function pidOf(tenant: TenantClient, name: string): Promise<number> {
  return Number(good(await tenant.docker("inspect", "-f", "{{.State.Pid}}", name)));
}

const namespaces = ["pid", "net", "ipc", "mnt", "uts", "user", "cgroup"];

function namespaceOf(process: number | "self", kind: string): string {
  return readlinkSync(`/proc/${process}/ns/${kind}`);
}

test("every namespace is neither the host's nor another container's", { skip }, async () => {
  good(await learner.docker("run", "-d", "--name", "two", "busybox", "sleep", "1000"));
  const second = await pidOf(learner, "two");
  for (const kind of namespaces) {
    const mine = namespaceOf(pid, kind);
    assert.match(mine, new RegExp(`^${kind}:\\[\\d+\\]$`));
    assert.notEqual(mine, namespaceOf("self", kind), `${kind}: the host's`);
    assert.notEqual(mine, namespaceOf(second, kind), `${kind}: the other container's`);
  }
});

test("its root is a user of the tenant's own range", { skip }, async () => {
  const mapOf = (process: number, file: string) =>
    readFileSync(`/proc/${process}/${file}`, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/).map(Number));
  good(await other.docker("run", "-d", "--name", "theirs", "busybox", "sleep", "1000"));
  const theirs = await pidOf(other, "theirs");
  for (const file of ["uid_map", "gid_map"]) {
    const [[inside, mine = 0, size = 0] = []] = mapOf(pid, file);
    const [[, neighbour = 0] = []] = mapOf(theirs, file);
    assert.equal(inside, 0);
    assert.ok(mine >= 65_536, `root is ${mine} outside`);
    assert.ok(size >= 65_536, `${size} ids`);
    assert.ok(Math.abs(mine - neighbour) >= size, `${mine} and ${neighbour}: the ranges of two tenants overlap`);
  }
  const [[, uid] = []] = mapOf(pid, "uid_map");
  assert.match(readFileSync(`/proc/${pid}/status`, "utf8"), new RegExp(`^Uid:\t${uid}\t${uid}\t${uid}\t${uid}$`, "m"));
});

/** A file of the container's control group, under its v2 or its v1 name. */
function limit(controller: string, v2: string, v1: string): string {
  const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().split("\n");
  if (existsSync("/sys/fs/cgroup/cgroup.controllers")) {
    const path = lines.find((line) => line.startsWith("0::"))?.slice("0::".length) ?? "";
    return readFileSync(join("/sys/fs/cgroup", path, v2), "utf8").trim();
  }
  const [, controllers = "", path = ""] =
    lines.map((line) => line.split(":")).find((fields) => (fields[1] ?? "").split(",").includes(controller)) ?? [];
  const tree = [controllers, controller].map((name) => join("/sys/fs/cgroup", name)).find((name) => existsSync(name));
  return readFileSync(join(tree ?? "", path, v1), "utf8").trim();
}

test("-m, --cpus and --pids-limit are in the kernel's own files, beneath the tenant's", { skip }, () => {
  assert.equal(limit("memory", "memory.max", "memory.limit_in_bytes"), String(64 * 1024 ** 2));
  assert.equal(limit("pids", "pids.max", "pids.max"), "33");
  if (existsSync("/sys/fs/cgroup/cgroup.controllers")) {
    assert.equal(limit("cpu", "cpu.max", ""), "50000 100000");
  } else {
    assert.equal(limit("cpu", "", "cpu.cfs_quota_us"), "50000");
    assert.equal(limit("cpu", "", "cpu.cfs_period_us"), "100000");
    assert.equal(limit("cpu", "", "cpu.shares"), "512");
  }
  assert.match(readFileSync(`/proc/${pid}/cgroup`, "utf8"), new RegExp(`:/drydock-${engine.name}/learner/`));
});

test("its capabilities and its system call filter are Docker's defaults, also in an exec", { skip }, async () => {
  // The 14 of https://github.com/moby/moby/blob/v25.0.0/oci/caps/defaults.go as the kernel's mask.
  const defaults = "00000000a80425fb";
  const own = readFileSync(`/proc/${pid}/status`, "utf8");
  const ofExec = good(await learner.docker("exec", "one", "cat", "/proc/self/status"));
  for (const status of [own, ofExec]) {
    for (const set of ["CapPrm", "CapEff", "CapBnd"]) assert.match(status, new RegExp(`^${set}:\\s+${defaults}$`, "m"));
    assert.match(status, /^CapAmb:\s+0+$/m);
    assert.match(status, /^Seccomp:\s+2$/m);
  }
  const unfit = await learner.docker("exec", "one", "mount", "-t", "tmpfs", "none", "/mnt");
  assert.match(unfit.stderr, /permission denied|not permitted/i);
  const dropped = await learner.docker(
    "run",
    "--rm",
    "--cap-drop",
    "ALL",
    "busybox",
    "grep",
    "CapEff",
    "/proc/self/status",
  );
  assert.match(good(dropped), /^CapEff:\s+0+$/);
});

test("paths of Docker's list are masked or read-only", { skip }, async () => {
  const inside = (script: string) => learner.docker("exec", "one", "sh", "-c", script);
  // https://github.com/moby/moby/blob/v25.0.0/oci/defaults.go
  const masked = [
    "acpi",
    "asound",
    "interrupts",
    "kcore",
    "keys",
    "latency_stats",
    "sched_debug",
    "scsi",
    "timer_list",
  ];
  for (const path of [...masked.map((name) => `/proc/${name}`), "/sys/firmware", "/sys/devices/virtual/powercap"]) {
    if (!existsSync(path)) continue; // not of this kernel
    const { status, stdout, stderr } = await inside(`if test -d ${path}; then ls ${path}; else cat ${path}; fi`);
    assert.equal(stdout.trim(), "", `${path} can be read`);
    // Nothing, or with AppArmor not even that.
    assert.match(stderr, status === 0 ? /^$/ : /: Permission denied\n$/, path);
  }
  for (const path of ["bus", "fs", "irq", "sys", "sysrq-trigger"].map((name) => `/proc/${name}`)) {
    if (!existsSync(path)) continue;
    const mounted = good(await inside(`grep " ${path} " /proc/self/mounts`));
    assert.match(mounted, /^\S+ \S+ \S+ ro[, ]/, path);
  }
  const written = await learner.docker("exec", "one", "sh", "-c", "echo x > /proc/sys/kernel/domainname");
  assert.notEqual(written.status, 0);
  assert.match(written.stderr, /Read-only file system|Permission denied/);
});
