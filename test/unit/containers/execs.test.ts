import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ContainerEntry } from "#engine/containers/container-entry.ts";
import type { ContainerParts } from "#engine/containers/container-parts.ts";
import { LocalExecs } from "#engine/containers/execs.ts";
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

/** A container whose next process is that one, with a check. */
function withProcess(process: Partial<Process>) {
  const record = machine.engine.containers.get(container);
  const healthcheck = { Test: ["CMD", "/check"] };
  const entry = { record: { ...record, config: { ...record.config, healthcheck } }, run: {} } as ContainerEntry;
  Object.assign(entry.run ?? {}, { task: { exec: async () => process } });
  const check = healthCheckOf(entry.record);
  assert.ok(check !== undefined);
  const note = (_entry: ContainerEntry, changes: object) => Object.assign(entry.record, changes);
  const parts = {
    tenant: machine.tenant,
    tasks: machine.tasks,
    directories: { rootfs: () => "/" },
    resolveUser: () => ({ uid: 0, gid: 0, additionalGids: [], home: "/" }),
    events: { publish: () => undefined },
    table: { byId: () => undefined, find: () => entry, note },
  } as unknown as ContainerParts;
  return { entry, check, parts };
}

describe("a health check that cannot be started", () => {
  it("leaves no process behind", async () => {
    let deleted = 0;
    const { entry, check, parts } = withProcess({
      io: { stdin: undefined, stdout: new PassThrough(), stderr: new PassThrough() },
      start: () => Promise.reject(new InvalidArgument("no such program")),
      delete: async () => void deleted++,
    });
    await assert.rejects(runProbe(parts, entry, check, new AbortController().signal), { message: "no such program" });
    assert.equal(deleted, 1);
  });
});

describe("output without end that nobody reads", () => {
  /** A process that has written more than anybody takes of it, in whose time nothing is done. */
  const endless = () => {
    const stdout = new PassThrough();
    for (let n = 0; n < 100; n++) stdout.write(Buffer.alloc(64 * 1024, "x"));
    const seen = { turns: 0 };
    const share = { spend: () => (seen.turns++, new Promise(() => undefined)) };
    const process: Partial<Process> = {
      pid: 1,
      io: { stdin: undefined, stdout, stderr: new PassThrough() },
      start: async () => undefined,
      wait: () => new Promise(() => undefined),
      kill: async () => undefined,
      delete: async () => undefined,
    };
    const begun = withProcess(process);
    Object.assign(begun.parts, { share });
    const waits = async () => {
      while (seen.turns === 0) await new Promise(setImmediate);
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      assert.equal(seen.turns, 1);
      assert.ok(stdout.readableLength + stdout.writableLength > 6_000_000, "it was read all the same");
    };
    return { ...begun, waits };
  };

  it("of a health check is read in its tenant's time", async () => {
    const { entry, check, parts, waits } = endless();
    void runProbe(parts, entry, check, new AbortController().signal);
    await waits();
  });

  it("of an exec is read in its tenant's time: a detached one, or one whose client has gone", async () => {
    const asked = { cmd: ["yes"], env: [], user: "", workingDir: "", tty: false, attachStdin: false } as const;
    const request = { ...asked, attachStdout: true, attachStderr: true, privileged: false, detachKeys: "" };
    for (const detach of [true, false]) {
      const { parts, waits, entry } = endless();
      Object.assign(entry.record, { status: "running" });
      const execs = new LocalExecs(parts);
      const { id } = execs.create(entry.record.id, { ...request, cmd: ["yes"], env: [] });
      const client = new AbortController();
      await execs.start(id, { detach, signal: client.signal });
      client.abort();
      await waits();
    }
  });
});
