import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { FailedPrecondition, InvalidArgument, isEngineError } from "#engine/errdefs/errors.ts";
import { MemoryMachine } from "../../suites/engine-twins/memory-machine.ts";
import { newContainer } from "../../suites/new-container.ts";
import type { ContainerOverrides } from "../../suites/new-container.ts";

let machine: MemoryMachine;
beforeEach(() => {
  machine = new MemoryMachine({ containers: 3 });
});
afterEach(() => machine.dispose());

async function create(overrides: ContainerOverrides = {}): Promise<string> {
  return (await machine.engine.containers.create(newContainer(["sleep"], overrides))).container.id;
}

async function start(overrides: ContainerOverrides = {}): Promise<string> {
  const id = await create(overrides);
  await machine.engine.containers.start(id);
  return id;
}

const ended = (id: string) => machine.engine.containers.wait(id, "not-running", AbortSignal.timeout(50_000));
const actions = () => machine.events.filter((event) => event.type === "container").map((event) => event.action);

describe("a container's life", () => {
  it("goes from created to removed and leaves nothing", async () => {
    const id = await start();
    machine.tasks.get(id).exit(3, "bye\n");
    assert.deepEqual(await ended(id), { exitCode: 3 });
    assert.deepEqual([...machine.mounted, ...machine.network.open, ...machine.tasks.tasks.keys()], []);
    await machine.engine.containers.remove(id, { force: false, volumes: false });
    assert.deepEqual([...machine.snapshots], []);
    assert.deepEqual(actions(), ["create", "start", "die", "destroy"]);
    assert.deepEqual(machine.errors, []);
  });

  it("goes on before it ends, also where its end is known before that it goes on", async () => {
    const id = await start();
    await machine.engine.containers.pause(id);
    machine.tasks.get(id).resume = async () => void (await ended(id));
    await machine.engine.containers.stop(id);
    assert.deepEqual(actions(), ["create", "start", "pause", "kill", "unpause", "die", "stop"]);
    assert.equal(machine.engine.containers.get(id).status, "exited");
    assert.deepEqual(machine.errors, []);
  });

  it("is found by name, id and unique prefix, and names are unique", async () => {
    const id = await create({ name: "web" });
    const { containers } = machine.engine;
    for (const key of ["web", "/web", id, id.slice(0, 12)]) {
      assert.equal(containers.get(key).id, id);
    }
    await assert.rejects(create({ name: "web" }), {
      message: `Conflict. The container name "/web" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
    });
    await containers.rename("web", "shop");
    assert.throws(() => containers.get("web"), { message: "No such container: web" });
    await create({ name: "web" });
  });

  it("undoes a create that fails, and keeps the tenant's limit", async () => {
    await assert.rejects(create({ config: { image: "nothing" } }), { message: "No such image: nothing" });
    await assert.rejects(create({ host: { memory: 1_000 } }), /Minimum memory limit allowed is 6MB/);
    await assert.rejects(
      create({ host: { mounts: [{ type: "volume", source: "a b", target: "/x", readonly: false }] } }),
    );
    assert.deepEqual([...machine.snapshots], []);
    await Promise.all([create(), create(), create()]);
    await assert.rejects(create(), (error) => isEngineError(error, "resource_exhausted"));
  });

  it("undoes a start that fails, wherever it fails, and can be started then", async () => {
    const id = await create({
      host: { portBindings: [{ protocol: "tcp", containerPort: 80, hostAddress: "", hostPort: 80 }] },
    });
    const failures: [() => void, number][] = [
      [() => (machine.network.failPublish = new FailedPrecondition("port is already allocated")), 128],
      [() => (machine.tasks.failCreate = new InvalidArgument('exec: "x": executable file not found in $PATH')), 127],
      // as dockerd: there was a code
      [() => (machine.network.failPublish = new FailedPrecondition("port is already allocated")), 127],
      [() => (machine.tasks.failStart = new InvalidArgument('exec: "x": permission denied')), 126],
    ];
    for (const [fail, code] of failures) {
      fail();
      await assert.rejects(machine.engine.containers.start(id));
      assert.deepEqual([...machine.mounted, ...machine.network.open, ...machine.tasks.tasks.keys()], []);
      assert.equal(machine.engine.containers.get(id).exitCode, code);
      machine.tasks.failCreate = machine.tasks.failStart = machine.network.failPublish = undefined;
    }
    await machine.engine.containers.start(id);
    assert.equal(machine.engine.containers.get(id).ports[0]?.hostPort, 80);
    await assert.rejects(machine.engine.containers.start(id), (error) => isEngineError(error, "not_modified"));
  });

  it("is removed with --rm although it could not start", async () => {
    const id = await create({ host: { autoRemove: true } });
    const removed = machine.engine.containers.wait(id, "removed", AbortSignal.timeout(50_000));
    machine.tasks.failStart = new InvalidArgument('exec: "x": executable file not found in $PATH');
    await assert.rejects(machine.engine.containers.start(id));
    assert.equal((await removed).exitCode, 127);
    assert.deepEqual(machine.engine.containers.list(), []);
  });

  it("ends with 128, not 127, when a mount or a device is what is missing", async () => {
    for (const why of [
      "cannot access path data:a: no such",
      "error gathering device information for /dev/x: no such",
    ]) {
      const id = await create();
      machine.tasks.failStart = new InvalidArgument(`${why} file or directory`);
      await assert.rejects(machine.engine.containers.start(id));
      assert.equal(machine.engine.containers.get(id).exitCode, 128);
    }
  });

  it("lets kill through while a stop waits", async () => {
    machine.tasks.obeys = () => false;
    const id = await start();
    const stopping = machine.engine.containers.stop(id, { timeoutSeconds: -1 });
    await machine.engine.containers.kill(id, "KILL");
    await stopping;
    assert.equal(machine.engine.containers.get(id).exitCode, 137);
    assert.deepEqual(actions(), ["create", "start", "kill", "kill", "die", "stop"]);
  });

  it("is removed by force while it runs, and not otherwise", async () => {
    const id = await start();
    await assert.rejects(
      machine.engine.containers.remove(id, { force: false, volumes: false }),
      /cannot remove a running container/,
    );
    await machine.engine.containers.remove(id, { force: true, volumes: false });
    assert.deepEqual(machine.engine.containers.list(), []);
  });

  it("resolves waits by their condition", async () => {
    const id = await create();
    const signal = AbortSignal.timeout(50_000);
    const next = machine.engine.containers.wait(id, "next-exit", signal);
    const removed = machine.engine.containers.wait(id, "removed", signal);
    assert.deepEqual(await ended(id), { exitCode: 0 }, "it does not run");
    await machine.engine.containers.start(id);
    machine.tasks.get(id).exit(7);
    assert.deepEqual(await next, { exitCode: 7 });
    await machine.engine.containers.remove(id, { force: false, volumes: false });
    await removed;
  });
});

describe("containers after a restart of drydockd", () => {
  it("are as the machine is", async () => {
    const runs = await start();
    const gone = await start();
    const removing = await create();
    machine.tasks.tasks.delete(gone);
    const records = machine.database.get<{ record: string }>("SELECT record FROM containers WHERE id = ?", removing);
    machine.database.run(
      "UPDATE containers SET record = ? WHERE id = ?",
      JSON.stringify({ ...JSON.parse(records?.record ?? "{}"), status: "removing" }),
      removing,
    );
    await machine.open().restore();
    const { containers } = machine.engine;
    assert.equal(containers.get(runs).status, "running");
    assert.deepEqual([containers.get(gone).status, containers.get(gone).exitCode], ["exited", 255]);
    assert.throws(() => containers.get(removing));
    machine.tasks.get(runs).exit(0);
    assert.deepEqual(await ended(runs), { exitCode: 0 });
    assert.deepEqual(machine.errors, []);
  });
});
