import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ContainerEntry } from "#engine/containers/container-entry.ts";
import type { ContainerParts } from "#engine/containers/container-parts.ts";
import { healthCheckOf } from "#engine/containers/health.ts";
import { runProbe } from "#engine/containers/health-probe.ts";
import { InvalidArgument } from "#engine/errdefs/errors.ts";
import type { Process } from "#engine/runtime/task.ts";
import { MemoryMachine } from "../../suites/engine-twins/memory-machine.ts";
import { newContainer } from "../../suites/new-container.ts";

let machine: MemoryMachine;
let container: string;
beforeEach(async () => {
  machine = new MemoryMachine();
  container = (await machine.engine.containers.create(newContainer(["sleep"]))).container.id;
  await machine.engine.containers.start(container);
});
afterEach(() => machine.dispose());

const exec = (env: string[] = []) =>
  machine.engine.execs.create(container, {
    cmd: ["true"],
    env,
    user: "",
    workingDir: "",
    tty: false,
    attachStdin: false,
    attachStdout: true,
    attachStderr: true,
    privileged: false,
    detachKeys: "",
  });
const isThere = (id: string) => {
  try {
    return machine.engine.execs.get(id).id === id;
  } catch {
    return false;
  }
};

describe("execs that nobody starts", () => {
  it("are forgotten, the oldest first, when there are more than a thousand", () => {
    const ids = Array.from({ length: 1_500 }, () => exec().id);
    const kept = ids.filter(isThere);
    assert.deepEqual(kept, ids.slice(-kept.length));
    assert.ok(kept.length > 900 && kept.length <= 1_024, String(kept.length));
    assert.deepEqual(machine.engine.containers.get(container).execIds, kept);
  });

  it("hold no more than sixteen million characters together; the newest one is there", () => {
    const large = ["a=".padEnd(4_000_000, "x")];
    const ids = Array.from({ length: 10 }, () => exec(large).id);
    assert.deepEqual(ids.map(isThere), [...Array<boolean>(6).fill(false), ...Array<boolean>(4).fill(true)]);
  });
});

describe("a health check that cannot be started", () => {
  it("leaves no process behind", async () => {
    let deleted = 0;
    const process = {
      io: { stdin: undefined, stdout: new PassThrough(), stderr: new PassThrough() },
      start: () => Promise.reject(new InvalidArgument("no such program")),
      delete: async () => void deleted++,
    } as unknown as Process;
    const record = machine.engine.containers.get(container);
    const healthcheck = { Test: ["CMD", "/missing"] };
    const entry = { record: { ...record, config: { ...record.config, healthcheck } }, run: {} } as ContainerEntry;
    Object.assign(entry.run ?? {}, { task: { exec: async () => process } });
    const parts = {
      directories: { rootfs: () => "/" },
      resolveUser: () => ({ uid: 0, gid: 0, additionalGids: [], home: "/" }),
      events: { publish: () => undefined },
      table: { byId: () => undefined },
    } as unknown as ContainerParts;
    const check = healthCheckOf(entry.record);
    assert.ok(check !== undefined);
    await assert.rejects(runProbe(parts, entry, check, new AbortController().signal), { message: "no such program" });
    assert.equal(deleted, 1);
  });
});
