import assert from "node:assert/strict";
import { existsSync, globSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Drydockd, type Outcome, run, whyNot } from "../../suites/drydockd.ts";
import { startRegistry, whyNoRegistry } from "../remotes/registry.ts";
import { classicBuild } from "./building.ts";
import { Churn } from "./churn.ts";
import { json, send, until } from "./http.ts";

const skip = whyNot() ?? false;
const engine = new Drydockd({ standIns: ["busybox"] });
const rounds = Number(process.env["DRYDOCK_TEST_ROUNDS"] ?? 8);

interface Inspected {
  Id: string;
  Name: string;
  State: { Status: string; Running: boolean; Pid: number; ExitCode: number };
}

before(async () => {
  if (skip !== false) return;
  await engine.start();
  good(await engine.docker("pull", "-q", "busybox"));
  good(await engine.docker("run", "-d", "--name", "kept", "busybox", "sleep", "1000"));
  const script = "i=0; while true; do i=$((i+1)); echo $i; sleep 0.1; done";
  good(await engine.docker("run", "-d", "--name", "steady", "busybox", "sh", "-c", script));
});

after(async () => {
  if (skip === false) await engine.dispose();
});

function good({ status, stdout, stderr }: Outcome): string {
  assert.equal(status, 0, `${stdout}\n${stderr}\n${engine.log.split("\n").slice(-20).join("\n")}`);
  return stdout.trim();
}

describe("drydockd is killed at any moment", { skip }, () => {
  test(`${rounds} times in the middle of everything: every object is as before or as after`, async (t) => {
    const noRegistry = whyNoRegistry();
    const registry = noRegistry === undefined ? await startRegistry() : undefined;
    t.after(() => registry?.stop());
    const pulled = registry === undefined ? undefined : await pushed(registry.host);
    if (noRegistry !== undefined) t.diagnostic(`without pulls: ${noRegistry}`);
    const churn = new Churn(engine.socket, pulled);
    for (let round = 0; round < rounds; round++) {
      churn.begin();
      const after = 100 + Math.round(Math.random() * 1_500);
      await delay(after);
      await engine.kill("SIGKILL");
      const expectations = await churn.end();
      t.diagnostic(`round ${round}: killed after ${after} ms, ${expectations.length} objects`);
      await engine.start();
      assert.deepEqual(churn.surprises, [], engine.log.split("\n").slice(-15).join("\n"));
      for (const { path, state } of expectations) {
        const { status, text } = await send(engine.socket, path);
        assert.ok(status === 200 || status === 404, `${path}: ${status} ${text}`);
        if (state !== "unknown") {
          assert.equal(status, state === "present" ? 200 : 404, `${path} was ${state}: ${text}`);
        }
      }
      await assertConsistent();
      await removeAll();
      churn.forget();
    }
  });

  test("a container went on all the while", async () => {
    assert.equal((await inspect("steady")).State.Running, true);
    const numbers = good(await engine.docker("logs", "steady"))
      .split("\n")
      .map(Number);
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
      "each once, in order",
    );
  });

  test("it ends while drydockd is away: its exit code and every line of its output are there", async () => {
    // Waits to be told: nothing is on its way when drydockd is killed.
    const script = "trap 'go=1' USR1; echo ready; while [ -z \"$go\" ]; do sleep 0.05; done; seq 2000; exit 42";
    good(await engine.docker("run", "-d", "--name", "speaker", "busybox", "sh", "-c", script));
    await until("it is ready", async () => good(await engine.docker("logs", "speaker")) === "ready");
    const { State } = await inspect("speaker");
    await engine.kill("SIGKILL");
    process.kill(State.Pid, "SIGUSR1");
    await until("it has ended", () => !existsSync(`/proc/${State.Pid}/exe`));
    await engine.start();
    await until("its end is settled", async () => !(await inspect("speaker")).State.Running);
    assert.equal((await inspect("speaker")).State.ExitCode, 42);
    const lines = good(await engine.docker("logs", "speaker")).split("\n");
    assert.deepEqual(lines, ["ready", ...Array.from({ length: 2_000 }, (_, index) => String(index + 1))]);
    await assertConsistent();
  });

  test("afterwards `--clear` leaves nothing on the machine", async () => {
    good(await engine.docker("run", "-d", "--name", "on", "-p", "127.0.0.1::80", "busybox", "sleep", "1000"));
    good(await engine.docker("network", "create", "own"));
    assert.notDeepEqual(await engine.traces(), []);
    await engine.kill("SIGKILL");
    const { status, stderr } = await engine.clear();
    assert.equal(status, 0, stderr);
    assert.deepEqual(await engine.traces(), []);
    assert.doesNotMatch(stderr, /clearing/);
    // The state is whole: it goes on from there.
    await engine.start();
    assert.equal((await inspect("on")).State.Running, false);
    good(await engine.docker("start", "on"));
    await engine.shutdown();
    assert.deepEqual(await engine.traces(), []);
  });
});

/** An image of several layers in the registry, and no more in the engine. */
async function pushed(host: string): Promise<string> {
  const name = `${host}/team/app:1`;
  const dockerfile =
    "FROM busybox\nRUN head -c 3000000 /dev/urandom >/a\nRUN for i in $(seq 300); do echo $i >/tmp/f$i; done\n";
  const { lines } = await classicBuild(engine.socket, dockerfile, `&t=${encodeURIComponent(name)}`);
  assert.equal(lines.at(-1)?.error, undefined);
  good(await engine.docker("push", name));
  good(await engine.docker("rmi", name));
  good(await engine.docker("builder", "prune", "-af"));
  return name;
}

function inspect(name: string): Promise<Inspected> {
  return json(engine.socket, "GET", `/v1.41/containers/${name}/json`);
}

/** Records and kernel agree, and nothing is there that no record explains. */
async function assertConsistent(): Promise<void> {
  const containers = await json<{ Id: string; State: string }[]>(engine.socket, "GET", "/v1.41/containers/json?all=1");
  const running: string[] = [];
  for (const { Id, State } of containers) {
    assert.ok(["created", "running", "exited"].includes(State), `${Id} is ${State}`);
    const { State: state } = await inspect(Id);
    assert.equal(state.Running, State === "running");
    if (state.Running) {
      running.push(Id);
      assert.ok(existsSync(`/proc/${state.Pid}`), `the process of ${Id}`);
      assert.equal(good(await engine.docker("exec", Id, "echo", "alive")), "alive");
    } else {
      assert.equal(state.Pid, 0);
    }
  }
  const sorted = running.toSorted();
  assert.deepEqual(
    readdirSync(join(engine.runDirectory, "tasks")).toSorted(),
    sorted,
    `bundles\n${engine.log.split("\n").slice(-15).join("\n")}`,
  );
  const traces = await engine.traces();
  const rootfs = traces.filter((trace) => trace.endsWith("/rootfs")).map((path) => path.split("/").at(-2) ?? "");
  assert.deepEqual(rootfs.toSorted(), sorted, "root file systems");
  const working = ["containers", "builds", "catalogue", "tasks"].map((name) => `${join(engine.runDirectory, name)}/`);
  const mounts = traces.filter((trace) => working.some((prefix) => trace.startsWith(prefix)));
  assert.deepEqual(
    mounts.filter((path) => !path.endsWith("/rootfs")),
    [],
    "other mounts",
  );
  const veths = traces.filter((trace) => trace.startsWith(`y${engine.name}v`));
  assert.equal(veths.length, sorted.length, `devices: ${veths.join(" ")}`);
  const groups = globSync(`/sys/fs/cgroup{,/*}/drydock-${engine.name}/operator/*/`).map(
    (path) => path.split("/").filter(Boolean).at(-1) ?? "",
  );
  assert.deepEqual([...new Set(groups)].toSorted(), sorted, "control groups");
  assert.deepEqual(readdirSync(join(engine.dataDirectory, "contexts")), [], "build contexts");
  assert.deepEqual(
    readdirSync(join(engine.dataDirectory, "containers")).toSorted(),
    containers.map(({ Id }) => Id).toSorted(),
    "containers' directories",
  );
  const tenants = (await json<{ id: string }[]>(engine.socket, "GET", "/drydock/v1/tenants")).map(({ id }) => id);
  assert.deepEqual(readdirSync(join(engine.dataDirectory, "tenants")).toSorted(), tenants.toSorted(), "tenants' state");
  for (const directory of globSync(join(engine.runDirectory, "builds/*/{mounts,steps}"))) {
    assert.deepEqual(readdirSync(directory), [], directory);
  }
  await assertRulesExplained(running);
}

/** Published ports in the packet filter are those of running containers. */
async function assertRulesExplained(running: string[]): Promise<void> {
  const { stdout } = await run("nft", ["list", "table", "inet", `drydock-${engine.name}`]);
  const addresses = new Set<string>();
  for (const id of running) {
    const { NetworkSettings } = await json<{ NetworkSettings: { Networks: Record<string, { IPAddress: string }> } }>(
      engine.socket,
      "GET",
      `/v1.41/containers/${id}/json`,
    );
    Object.values(NetworkSettings.Networks).forEach(({ IPAddress }) => addresses.add(IPAddress));
  }
  for (const [, address = ""] of stdout.matchAll(/tcp \. \d+ : ([\d.]+) \. 80/g)) {
    assert.ok(addresses.has(address), `a rule for ${address}, which no running container has:\n${stdout}`);
  }
}

async function removeAll(): Promise<void> {
  const containers = await json<{ Id: string; Names: string[] }[]>(
    engine.socket,
    "GET",
    "/v1.41/containers/json?all=1",
  );
  for (const { Id, Names } of containers.filter(
    ({ Names: names }) => !names.includes("/steady") && !names.includes("/kept"),
  )) {
    const { status, text } = await send(engine.socket, `/v1.41/containers/${Id}?force=1&v=1`, { method: "DELETE" });
    assert.equal(status, 204, `${Names.join()}: ${text}`);
  }
}
