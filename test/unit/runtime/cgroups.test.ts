import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { isEngineError } from "#engine/errdefs/errors.ts";
import { CgroupService } from "#engine/runtime/cgroups/cgroup-service.ts";
import { detectHierarchy } from "#engine/runtime/cgroups/hierarchy.ts";

/** A directory with files in place of a cgroup file system: what is read and written, not what the kernel does. */
function tree(t: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "drydock-cgroup-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test("what is mounted tells the version", (t) => {
  const v1 = { "memory/cgroup.procs": "", "pids/cgroup.procs": "" };
  assert.equal(detectHierarchy(tree(t, { "cgroup.controllers": "cpu" })).version, "v2");
  assert.equal(detectHierarchy(tree(t, v1)).version, "v1");
  const hybrid = detectHierarchy(tree(t, { ...v1, "unified/cgroup.controllers": "" }));
  assert.equal(hybrid.version, "hybrid");
  assert.match(hybrid.unified ?? "", /unified$/);
  assert.throws(
    () => detectHierarchy(tree(t, {})),
    (error) => isEngineError(error, "failed_precondition"),
  );
});

test("v2: controllers are handed down to the tenant, limits written", (t) => {
  const cgroup = (path: string, enabled: string) => ({
    [`${path}cgroup.controllers`]: "cpuset cpu io memory hugetlb pids",
    [`${path}cgroup.subtree_control`]: enabled,
  });
  const root = tree(t, {
    ...cgroup("", "cpu memory"),
    ...cgroup("drydock/", ""),
    ...cgroup("drydock/t1/", ""),
    "drydock/t1/memory.max": "max",
    "drydock/t1/memory.swap.max": "max",
    "drydock/t1/pids.max": "max",
    "drydock/t1/cpu.max": "max 100000",
    "drydock/t1/io.weight": "default 100",
  });
  new CgroupService(detectHierarchy(root)).ensureParent({
    cgroupParent: "/drydock/t1",
    limits: { memory: 1000, swap: 500, cpus: 1.5, pids: 7, ioWeight: 50 },
  });
  const read = (file: string) => readFileSync(join(root, file), "utf8");
  assert.equal(read("cgroup.subtree_control"), "+cpuset +io +pids");
  assert.equal(read("drydock/t1/cgroup.subtree_control"), "+cpuset +cpu +io +memory +pids");
  assert.equal(read("drydock/t1/memory.max"), "1000");
  assert.equal(read("drydock/t1/memory.swap.max"), "500");
  assert.equal(read("drydock/t1/cpu.max"), "30000 20000");
  assert.equal(read("drydock/t1/pids.max"), "7");
  assert.equal(read("drydock/t1/io.weight"), "default 50");
});

test("a tenant's processor time is given in short periods, as far as there is enough of it to be given", (t) => {
  const root = tree(t, {
    "cgroup.controllers": "cpu",
    "cgroup.subtree_control": "cpu",
    "t1/cgroup.controllers": "cpu",
    "t1/cgroup.subtree_control": "cpu",
    "t1/cpu.max": "max 100000",
  });
  const cgroups = new CgroupService(detectHierarchy(root));
  const given = (cpus: number | undefined) => {
    cgroups.ensureParent({ cgroupParent: "/t1", limits: cpus === undefined ? {} : { cpus } });
    return readFileSync(join(root, "t1/cpu.max"), "utf8");
  };
  assert.equal(given(2), "40000 20000");
  assert.equal(given(0.25), "5000 20000");
  assert.equal(given(0.125), "5000 40000");
  assert.equal(given(0.03), "3000 100000");
  assert.equal(given(0.001), "1000 100000", "the kernel takes no less");
  assert.equal(given(undefined), "max 100000");
});

test("v1: a container may be given all of its tenant's processor time, to the last digit", (t) => {
  const root = tree(t, {
    "cpu/cgroup.procs": "",
    "cpu/t1/cpu.cfs_period_us": "100000",
    "cpu/t1/cpu.cfs_quota_us": "-1",
  });
  const cpus = 0.33332;
  new CgroupService(detectHierarchy(root)).ensureParent({ cgroupParent: "/t1", limits: { cpus } });
  const read = (file: string) => Number(readFileSync(join(root, `cpu/t1/${file}`), "utf8"));
  assert.equal(read("cpu.cfs_period_us"), 20_000);
  assert.ok(read("cpu.cfs_quota_us") / 20_000 >= cpus);
});

test("v1: memory and swap together are never below memory, whichever way they go", (t) => {
  const root = tree(t, {
    "memory/cgroup.procs": "",
    "memory/drydock/t1/memory.limit_in_bytes": "9223372036854771712",
    "memory/drydock/t1/memory.memsw.limit_in_bytes": "9223372036854771712",
  });
  const cgroups = new CgroupService(detectHierarchy(root));
  const read = (file: string) => Number(readFileSync(join(root, `memory/drydock/t1/${file}`), "utf8"));
  const both = () => [read("memory.limit_in_bytes"), read("memory.memsw.limit_in_bytes")];
  const limit = (limits: { memory?: number; swap?: number }) =>
    cgroups.ensureParent({ cgroupParent: "/drydock/t1", limits });
  limit({ memory: 1000, swap: 0 });
  assert.deepEqual(both(), [1000, 1000]);
  limit({ memory: 3000, swap: 500 });
  assert.deepEqual(both(), [3000, 3500]);
  limit({ memory: 2000 });
  assert.deepEqual(both(), [2000, -1], "swap is not limited");
  limit({ swap: 500 });
  assert.deepEqual(both(), [-1, -1], "v1 has no limit of swap alone");
});

test("v1: what waits in sockets counts, up to a part of the tenant's memory", (t) => {
  const file = "memory.kmem.tcp.limit_in_bytes";
  const root = tree(t, {
    "memory/cgroup.procs": "",
    "memory/t1/memory.limit_in_bytes": "9223372036854771712",
    [`memory/t1/${file}`]: "9223372036854771712",
    [`memory/t1/c/${file}`]: "9223372036854771712",
  });
  const cgroups = new CgroupService(detectHierarchy(root));
  const read = (path: string) => Number(readFileSync(join(root, "memory", path, file), "utf8"));
  const [mebibyte, gibibyte] = [1024 ** 2, 1024 ** 3];
  for (const [memory, bytes] of [
    [gibibyte, 128 * mebibyte],
    [64 * mebibyte, 16 * mebibyte],
    [undefined, -1],
  ] as const) {
    cgroups.ensureParent({ cgroupParent: "/t1", limits: memory === undefined ? {} : { memory } });
    assert.equal(read("t1"), bytes);
  }
  cgroups.countSockets("/t1/c");
  assert.equal(read("t1/c"), -1);
});

test("v2: counters", (t) => {
  const root = tree(t, {
    "cgroup.controllers": "cpu",
    "c/cpu.stat": "usage_usec 5\nuser_usec 3\nsystem_usec 2\nnr_periods 4\nnr_throttled 1\nthrottled_usec 9\n",
    "c/memory.current": "100\n",
    "c/memory.max": "max\n",
    "c/memory.swap.current": "7\n",
    "c/memory.peak": "200\n",
    "c/memory.stat": "anon 60\nfile 40\n",
    "c/memory.events": "low 0\noom 1\noom_kill 2\n",
    "c/pids.current": "3\n",
    "c/pids.max": "10\n",
    "c/io.stat": "8:16 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n",
  });
  const metrics = new CgroupService(detectHierarchy(root)).metrics("/c");
  assert.deepEqual(metrics.cpu, {
    totalNs: 5000,
    userNs: 3000,
    systemNs: 2000,
    periods: 4,
    throttledPeriods: 1,
    throttledNs: 9000,
  });
  assert.deepEqual(metrics.memory, {
    usage: 100,
    limit: 0,
    maxUsage: 200,
    swap: 7,
    stats: { anon: 60, file: 40 },
    oomKills: 2,
    failures: 1,
  });
  assert.deepEqual(metrics.pids, { current: 3, limit: 10 });
  assert.deepEqual(metrics.io, {
    bytes: [
      { op: "read", major: 8, minor: 16, value: 1 },
      { op: "write", major: 8, minor: 16, value: 2 },
    ],
  });
  assert.equal(new CgroupService(detectHierarchy(root)).metrics("/gone").memory.usage, 0);
});

test("v1: counters", (t) => {
  const root = tree(t, {
    "memory/cgroup.procs": "",
    "cpuacct/cgroup.procs": "",
    "blkio/cgroup.procs": "",
    "memory/c/memory.usage_in_bytes": "100\n",
    "memory/c/memory.memsw.usage_in_bytes": "120\n",
    "memory/c/memory.limit_in_bytes": "9223372036854771712\n",
    "memory/c/memory.stat": "cache 1\nshmem 2\ntotal_cache 3\nhierarchical_memory_limit 4\n",
    "memory/c/memory.failcnt": "5\n",
    "cpuacct/c/cpuacct.usage_percpu": "70 7 \n",
    "memory/c/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n",
    "cpuacct/c/cpuacct.usage": "77\n",
    "cpuacct/c/cpuacct.stat": "user 2\nsystem 1\n",
    "blkio/c/blkio.throttle.io_service_bytes_recursive": "8:0 Read 10\n8:0 Write 20\n8:0 Total 30\nTotal 30\n",
    "blkio/c/blkio.throttle.io_serviced_recursive": "8:0 Read 1\n8:0 Write 2\n",
  });
  const metrics = new CgroupService(detectHierarchy(root)).metrics("/c");
  assert.equal(metrics.memory.limit, 0);
  assert.equal(metrics.memory.oomKills, 4);
  assert.equal(metrics.memory.failures, 5);
  assert.equal(metrics.memory.swap, 20);
  assert.deepEqual(metrics.memory.stats, { cache: 1, total_cache: 3, hierarchical_memory_limit: 4 });
  assert.equal(metrics.cpu.totalNs, 77);
  assert.deepEqual(metrics.cpu.perCpuNs, [70, 7]);
  assert.equal(metrics.cpu.userNs, 20_000_000);
  assert.deepEqual(metrics.io, {
    bytes: [
      { op: "Read", major: 8, minor: 0, value: 10 },
      { op: "Write", major: 8, minor: 0, value: 20 },
      { op: "Total", major: 8, minor: 0, value: 30 },
    ],
    operations: [
      { op: "Read", major: 8, minor: 0, value: 1 },
      { op: "Write", major: 8, minor: 0, value: 2 },
    ],
  });
});
