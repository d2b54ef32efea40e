import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allowedOf, toView } from "../../../server/playground/streams/container-stats.ts";
import type { DockerStats } from "../../../server/playground/streams/container-stats.ts";

const usage = (limits: Partial<Record<"memory" | "cpus" | "pids", number>>) => {
  const part = (limit: number | undefined) => (limit === undefined ? {} : { limit });
  return { memory: part(limits.memory), cpus: part(limits.cpus), pids: part(limits.pids) };
};
const none = { Memory: 0, NanoCpus: 0, CpuQuota: 0, CpuPeriod: 0, PidsLimit: null };

const sample = (read: string, cpuNs: number, bytes: number): DockerStats => ({
  read,
  pids_stats: { current: 3 },
  cpu_stats: { cpu_usage: { total_usage: cpuNs } },
  memory_stats: { usage: 5000, stats: { inactive_file: 1000 } },
  blkio_stats: {
    io_service_bytes_recursive: [
      { op: "Read", value: bytes },
      { op: "write", value: 2 * bytes },
    ],
  },
  networks: { eth0: { rx_bytes: bytes, tx_bytes: 0 }, eth1: { rx_bytes: bytes, tx_bytes: bytes } },
});

describe("what a container is allowed", () => {
  it("is its own limit where that is the narrower one, else that of the workspace", () => {
    const all = usage({ memory: 100, cpus: 2, pids: 50 });
    assert.deepEqual(allowedOf(none, all), {
      cpus: { value: 2, whose: "workspace" },
      memory: { value: 100, whose: "workspace" },
      processes: { value: 50, whose: "workspace" },
    });
    const own = allowedOf({ ...none, Memory: 60, NanoCpus: 5e8, PidsLimit: 90 }, all);
    assert.deepEqual(own, {
      cpus: { value: 0.5, whose: "container" },
      memory: { value: 60, whose: "container" },
      processes: { value: 50, whose: "workspace" },
    });
  });

  it("is nothing without limits, and reads a quota as processors", () => {
    assert.deepEqual(allowedOf(none, usage({})), {});
    const quota = allowedOf({ ...none, CpuQuota: 150_000, CpuPeriod: 100_000 }, usage({}));
    assert.deepEqual(quota, { cpus: { value: 1.5, whose: "container" } });
  });
});

describe("a sample of what a container uses", () => {
  it("has no rates the first time", () => {
    const view = toView(sample("2026-01-01T00:00:00Z", 1e9, 10), undefined, {});
    assert.deepEqual(view, { time: Date.UTC(2026, 0, 1), memory: 4000, processes: 3, allowed: {} });
  });

  it("has its rates over the time that went by, however long", () => {
    const before = sample("2026-01-01T00:00:00Z", 1e9, 100);
    const view = toView(sample("2026-01-01T00:00:04Z", 3e9, 500), before, {});
    assert.equal(view.cpus, 0.5);
    assert.deepEqual(view.network, { received: 200, sent: 100 });
    assert.deepEqual(view.disk, { read: 100, written: 200 });
  });

  it("is never less than nothing when counters begin anew", () => {
    const before = sample("2026-01-01T00:00:00Z", 9e9, 900);
    const view = toView(sample("2026-01-01T00:00:01Z", 1e9, 1), before, {});
    assert.deepEqual([view.cpus, view.network?.received, view.disk?.written], [0, 0, 0]);
  });
});
