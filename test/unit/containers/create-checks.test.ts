import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkOptions } from "#engine/containers/container-options.ts";
import type { HostOptions, ProcessConfig } from "#engine/containers/container.ts";
import { checkSecurityOptions } from "#engine/containers/security-options.ts";
import { logAttributes } from "#engine/logs/attributes.ts";
import { checkLogOptions, logSizes } from "#engine/logs/options.ts";
import { type CgroupSupport, isWithin, readCgroupSupport, whyNoList } from "#engine/runtime/cgroups/support.ts";
import { deviceRule } from "#engine/runtime/spec/devices.ts";
import { readHostFacts } from "#engine/runtime/spec/host.ts";
import { customSeccomp } from "#engine/runtime/spec/seccomp-profile.ts";
import { newContainer } from "../../suites/new-container.ts";

const everything: CgroupSupport = {
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
};
const nothing: CgroupSupport = {
  memorySwappiness: false,
  oomKillDisable: false,
  kernelMemory: false,
  pids: false,
  cpuRealtime: false,
  blkioWeight: false,
  blkioWeightDevice: false,
  blkioThrottle: false,
  cpusetCpus: undefined,
  cpusetMems: undefined,
};
const facts = { ...readHostFacts(), cpus: 2, swapAccounting: true };

function check(host: Partial<HostOptions>, config: Partial<ProcessConfig> = {}, cgroups = everything) {
  const made = newContainer(["true"]);
  return checkOptions({ ...made.config, ...config }, { ...made.host, ...host }, { ...facts, cgroups });
}

test("what no kernel takes is refused in dockerd's words", () => {
  const mega = 1024 * 1024;
  const cases: [Partial<HostOptions>, string][] = [
    [{ memory: mega }, "Minimum memory limit allowed is 6MB"],
    [
      { memory: 10 * mega, memorySwap: 9 * mega },
      "Minimum memoryswap limit should be larger than memory limit, see usage",
    ],
    [{ memoryReservation: mega }, "Minimum memory reservation allowed is 6MB"],
    [{ memorySwappiness: 101 }, "Invalid value: 101, valid memory swappiness range is 0-100"],
    [{ nanoCpus: 3e9 }, "Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"],
    [{ nanoCpus: 1e9, cpuPeriod: 5_000 }, "Conflicting options: Nano CPUs and CPU Period cannot both be set"],
    [{ cpuQuota: 10 }, "CPU cfs quota can not be less than 1ms (i.e. 1000)"],
    [{ cpusetCpus: "7" }, "Requested CPUs are not available - requested 7, available: 0-1"],
    [{ cpusetMems: "x" }, "Invalid value x for cpuset mems: invalid format: x"],
    [{ blkioWeight: 5 }, "Range of blkio weight is from 10 to 1000"],
    [{ shmSize: -1 }, "SHM size can not be less than 0"],
    [{ oomScoreAdj: 1001 }, "Invalid value 1001, range for oom score adj is [-1000, 1000]"],
    [{ capAdd: ["FLY"] }, 'invalid CapAdd: unknown capability: "CAP_FLY"'],
    [
      { restartPolicy: { name: "always", maximumRetryCount: 1 } },
      "maximum retry count cannot be used with restart policy 'always'",
    ],
    [{ cgroupnsMode: "mine" }, "invalid cgroup namespace mode: mine"],
  ];
  for (const [host, message] of cases) {
    assert.throws(() => check(host), { code: "invalid_argument", message });
  }
  assert.throws(() => check({}, { healthcheck: { Timeout: 5 } }), /Timeout in Healthcheck cannot be less than 1ms/);
  assert.throws(() => check({}, { workingDir: "here" }), /needs to be an absolute path/);
  assert.throws(() => check({}, { stopSignal: "SOON" }), /Invalid signal: SOON/);
  assert.throws(() => check({}, { env: ["=x"] }), /invalid environment variable: =x/);
});

test("what this kernel cannot limit is left out and told of", () => {
  const asked: Partial<HostOptions> = {
    memory: 64 * 1024 * 1024,
    memorySwappiness: 5,
    kernelMemory: 64 * 1024 * 1024,
    oomKillDisable: true,
    pidsLimit: 9,
    cpusetCpus: "0",
    blkioWeight: 100,
    blkioThrottles: { readBps: [{ path: "/dev/null", rate: 1 }] },
  };
  const { host, warnings } = check(asked, {}, nothing);
  assert.equal(host.memorySwappiness, undefined);
  assert.equal(host.oomKillDisable, false);
  assert.equal(host.pidsLimit, 0);
  assert.equal(host.cpusetCpus, "");
  assert.equal(host.blkioWeight, 0);
  assert.deepEqual(host.blkioThrottles?.readBps, []);
  assert.equal(warnings.filter((line) => line.endsWith("iscarded.")).length, 7, warnings.join("\n"));
  assert.deepEqual(check(asked).warnings, [
    "Specifying a kernel memory limit is deprecated and will be removed in a future release.",
  ]);
  assert.equal(check(asked).host.memorySwap, 128 * 1024 * 1024);
});

test("controllers are found on both kinds of hierarchy", (t) => {
  const root = mkdtempSync(join(tmpdir(), "cgroups-"));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "cpuset"));
  writeFileSync(join(root, "cpuset/cpuset.cpus"), "0-3\n");
  writeFileSync(join(root, "cpuset/cpuset.mems"), "0\n");
  assert.deepEqual(readCgroupSupport(root), { ...nothing, cpusetCpus: "0-3", cpusetMems: "0" });
  writeFileSync(join(root, "cgroup.controllers"), "cpu io pids\n");
  assert.deepEqual(readCgroupSupport(root), { ...nothing, pids: true, blkioThrottle: true });
  assert.equal(isWithin("0,2-3", "0-3"), true);
  assert.equal(isWithin("2-9", "0-3"), false);
  const lists = ["", "0,2-3", "8192"];
  assert.deepEqual(lists.map(whyNoList), [undefined, undefined, undefined]);
  assert.deepEqual(
    ["3-2", "a", "1-", "0-1-2"].map(whyNoList),
    ["3-2", "a", "1-", "0-1-2"].map((list) => `invalid format: ${list}`),
  );
  assert.equal(whyNoList("0-99999"), "value of out range, maximum is 8192");
});

test("security options, device rules and profiles of one's own", () => {
  checkSecurityOptions(["no-new-privileges", "label=disable", "seccomp=unconfined", "no-new-privileges:false"]);
  assert.throws(() => checkSecurityOptions(["privileges"]), /invalid --security-opt 1: "privileges"/);
  assert.throws(() => checkSecurityOptions(["a=b"]), /invalid --security-opt 2: "a=b"/);
  assert.deepEqual(deviceRule("c 1:* rw"), { allow: true, type: "c", major: 1, access: "rw" });
  assert.throws(() => deviceRule("z 1:3 rwm"), /invalid device cgroup rule format: 'z 1:3 rwm'/);
  const profile = {
    defaultAction: "SCMP_ACT_ERRNO",
    archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] }],
    syscalls: [
      { names: ["read"], action: "SCMP_ACT_ALLOW", args: null, includes: {}, excludes: {} },
      { name: "mount", action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_SYS_ADMIN"] } },
      { names: ["clone"], action: "SCMP_ACT_ALLOW", excludes: { caps: ["CAP_CHOWN"] } },
      { names: ["ptrace"], action: "SCMP_ACT_ALLOW", includes: { minKernel: "4.8" } },
      { names: ["arm"], action: "SCMP_ACT_ALLOW", includes: { arches: ["arm64"] } },
    ],
  };
  assert.deepEqual(customSeccomp(profile, { arch: "x64", kernel: [6, 1] }, ["CAP_CHOWN"]), {
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
    syscalls: [
      { names: ["read"], action: "SCMP_ACT_ALLOW" },
      { names: ["ptrace"], action: "SCMP_ACT_ALLOW" },
    ],
  });
  assert.throws(
    () => customSeccomp({ syscalls: [] }, { arch: "x64", kernel: [6, 1] }, []),
    /Decoding seccomp profile failed/,
  );
  assert.deepEqual(customSeccomp({}, { arch: "x64", kernel: [6, 1] }, []), {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [],
  });
});

test("options of log drivers: wrong ones at create, wrong values at the start", () => {
  checkLogOptions("json-file", { "max-size": "x", labels: "a", mode: "non-blocking", "max-buffer-size": "1m" });
  checkLogOptions("none", { anything: "goes" });
  for (const [driver, options, message] of [
    ["far", {}, /error looking up logging plugin far: plugin "far" not found/],
    ["local", { labels: "a" }, /unknown log opt 'labels' for log driver local/],
    ["", { mode: "quick" }, /logger: logging mode not supported: quick/],
    ["", { "max-buffer-size": "1m" }, /only supported with 'mode=non-blocking'/],
  ] as const) {
    assert.throws(() => checkLogOptions(driver, options), message);
  }
  assert.deepEqual(logSizes("", { "max-size": "2k", "max-file": "3" }), { maxSize: 2048, maxFile: 3 });
  assert.throws(() => logSizes("", { "max-size": "zz" }), /failed to initialize logging driver: invalid size: 'zz'/);
  assert.throws(() => logSizes("", { "max-file": "0" }), /max-file cannot be less than 1/);
  assert.throws(() => logSizes("", { compress: "true" }), /compress cannot be true when max-file is less than 2/);
});

test("details of a log: chosen labels, variables and the tag", () => {
  const container = {
    id: "f".repeat(64),
    name: "web",
    imageId: `sha256:${"a".repeat(64)}`,
    config: { image: "busybox", env: ["A=1", "B=2=3"], labels: { role: "x", other: "y" } },
    host: {
      logDriver: "json-file",
      logOptions: { labels: "role", "env-regex": "^B", tag: "{{.Name}}/{{.ID}}" },
    },
  };
  assert.deepEqual(logAttributes(container), { role: "x", B: "2=3", tag: `web/${"f".repeat(12)}` });
  assert.deepEqual(logAttributes({ ...container, host: { ...container.host, logDriver: "local" } }), {});
  const unknown = { ...container, host: { logDriver: "", logOptions: { tag: "a-{{.Nope}}" } } };
  assert.throws(
    () => logAttributes(unknown),
    /^Unknown: failed to initialize logging driver: template: log-tag:1:4: executing "log-tag" at <\.Nope>: can't evaluate field Nope in type \*logger\.Info$/,
  );
});
