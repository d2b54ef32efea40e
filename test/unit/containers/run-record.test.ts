import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MissedImages } from "../../../server/engine/containers/missed-images.ts";
import { isolationFacts, rootFacts, RunRecorder } from "../../../server/engine/containers/run-record.ts";
import type { RuntimeSpec } from "../../../server/engine/runtime/runtime-spec.ts";

describe("the steps of a run", () => {
  it("are noted in their order, with their time, and only when they were done", async () => {
    const recorder = new RunRecorder();
    await recorder.step(
      () => Promise.resolve("overlay"),
      (driver) => ({ kind: "layer", driver }),
    );
    const failing = recorder.step(
      () => Promise.reject(new Error("no")),
      () => ({ kind: "layer", driver: "never" }),
    );
    await assert.rejects(failing, /no/);
    recorder.note(performance.now(), { kind: "end", exitCode: 0, oomKilled: false });
    assert.deepEqual(
      recorder.steps.map(({ kind }) => kind),
      ["layer", "end"],
    );
    const [step] = recorder.steps;
    assert.ok(step !== undefined && step.duration >= 0 && Math.abs(step.startedAt - Date.now()) < 60_000);
  });

  it("tell directories from the engine's own on, and at most forty", () => {
    const lower = Array.from({ length: 45 }, (_, index) => `/data/snapshots/${index}/fs`);
    const overlay = { lower, upper: "/data/snapshots/up/fs", work: "/data/snapshots/up/work" };
    const facts = rootFacts([{ type: "overlay", source: "overlay", options: ["index=off"], overlay }], "/data");
    assert.equal(facts.lower.length, 40);
    assert.equal(facts.omitted, 5);
    assert.deepEqual(
      [facts.lower[0], facts.upper, facts.work],
      ["snapshots/0/fs", "snapshots/up/fs", "snapshots/up/work"],
    );
  });

  it("tell what keeps a process apart: namespaces by the kernel's numbers, limits, capabilities, seccomp", () => {
    const spec: RuntimeSpec = {
      ociVersion: "1.0.2",
      root: { path: "/rootfs", readonly: true },
      process: {
        user: { uid: 0, gid: 0 },
        args: ["sh"],
        env: [],
        cwd: "/",
        capabilities: { bounding: ["CAP_CHOWN", "CAP_KILL"], effective: [], permitted: [] },
        noNewPrivileges: true,
      },
      mounts: [],
      linux: {
        namespaces: [{ type: "pid" }, { type: "network", path: "/proc/1/ns/net" }],
        uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
        cgroupsPath: "/drydock/x",
        resources: { memory: { limit: 1024 }, cpu: { quota: 50_000, period: 100_000 }, pids: { limit: 0 } },
        seccomp: { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ names: ["read", "write"] }, { names: ["read"] }] },
      },
    };
    const facts = isolationFacts(spec, process.pid, "crun");
    const how = Object.fromEntries(facts.namespaces.map(({ type, how }) => [type, how]));
    assert.deepEqual([how["pid"], how["network"], how["ipc"]], ["new", "joined", "host"]);
    assert.ok(facts.namespaces.every(({ inode }) => Number.isInteger(inode)));
    assert.deepEqual(facts.cgroup, { path: "/drydock/x", memory: 1024, cpus: 0.5 });
    assert.deepEqual(facts.capabilities, ["CHOWN", "KILL"]);
    assert.deepEqual(facts.seccomp, { action: "SCMP_ACT_ERRNO", rules: 2, syscalls: 2 });
    assert.deepEqual(facts.ids, { host: 100_000, size: 65_536 });
    const gone = isolationFacts(spec, 2 ** 30, "crun");
    assert.ok(
      gone.namespaces.every(({ inode }) => inode === undefined),
      "what cannot be read is not told",
    );
  });
});

describe("a pull that a container waited for", () => {
  it("is told to the one that missed the image, by any of its names, once", () => {
    const missed = new MissedImages();
    missed.miss("busybox");
    missed.pulled("docker.io/library/busybox:latest", performance.now());
    assert.equal(missed.take("busybox:latest")?.kind, "pull");
    assert.equal(missed.take("busybox"), undefined);
  });

  it("is not told when nothing was missed, or the pull was of another", () => {
    const missed = new MissedImages();
    missed.pulled("busybox", performance.now());
    assert.equal(missed.take("busybox"), undefined);
    missed.miss("debian");
    missed.pulled("busybox", performance.now());
    assert.equal(missed.take("debian"), undefined);
  });
});
