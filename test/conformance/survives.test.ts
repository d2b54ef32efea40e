import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { truncateSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { dockerClient } from "../suites/docker-clients.ts";
import { engineOfThisFile, whyNot } from "../suites/drydockd.ts";

const skip = whyNot() ?? false;
const engine = engineOfThisFile({ pull: ["busybox"] });
const { good } = engine;
const crowd = 50;

async function create(name: string, command: string, host: object = {}): Promise<string> {
  const body = { Image: "busybox", Cmd: ["sh", "-c", command], HostConfig: { NetworkMode: "none", ...host } };
  const { status, text } = await engine.call("POST", `/v1.41/containers/create?name=${name}`, body);
  assert.equal(status, 201, text);
  return (JSON.parse(text) as { Id: string }).Id;
}

async function start(name: string): Promise<void> {
  const { status, text } = await engine.call("POST", `/v1.41/containers/${name}/start`);
  assert.equal(status, 204, text);
}

const inspect = async (format: string, name: string) => good(await engine.docker("inspect", "-f", format, name));

/** As `docker …`, while drydockd may come and go. Resolves with what it wrote. */
async function follow(args: string[]): Promise<{ done: Promise<string> }> {
  const child = spawn(await dockerClient(), args, {
    env: { ...process.env, DOCKER_HOST: `unix://${engine.socket}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return { done: once(child, "close").then(() => text) };
}

test(
  "kill -9 with 50 containers running: all go on, and all that is asked afterwards is answered right",
  { skip },
  async () => {
    good(await engine.docker("network", "create", "lan"));
    const web = ["--network", "lan", "--network-alias", "web", "-p", "127.0.0.1::80", "--restart", "always"];
    good(await engine.docker("run", "-d", "--name", "web", ...web, "busybox", "httpd", "-f", "-p", "80", "-h", "/etc"));
    good(await engine.docker("run", "-d", "--name", "asks", "--network", "lan", "busybox", "sleep", "600"));
    const port = good(await engine.docker("port", "web", "80"));
    await create("again", "echo run; sleep 1; exit 3", { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 1 } });
    await start("again");
    const names = Array.from({ length: crowd }, (_, number) => `c${number}`);
    for (const [number, name] of names.entries()) {
      // Each writes on, until it is told to end with a code of its own.
      await create(name, `trap 'echo bye; exit ${number}' TERM; echo ${name}; while :; do sleep 0.2; done`);
    }
    await Promise.all(names.map(start));
    await engine.kill("SIGKILL");
    await delay(1500);
    await engine.start();

    const states = await inspect("{{.State.Status}}", names[0] ?? "");
    assert.equal(states, "running");
    const running = good(await engine.docker("ps", "-q", "--filter", "name=c")).split("\n");
    assert.ok(running.length >= crowd, `${running.length} of ${crowd} run`);
    assert.equal((await fetch(`http://${port}/hostname`)).status, 200);
    assert.match(good(await engine.docker("exec", "asks", "wget", "-qO-", "http://web/hostname")), /\S/);
    assert.equal(good(await engine.docker("wait", "again")), "3");
    assert.equal(await inspect("{{.RestartCount}}", "again"), "1");
    assert.equal(good(await engine.docker("logs", "again")), "run\nrun");

    const [first = "", ...others] = names;
    const logs = await follow(["logs", "-f", first]);
    const waits = await follow(["wait", ...names]);
    await delay(200);
    await Promise.all(names.map((name) => engine.call("POST", `/v1.41/containers/${name}/kill?signal=TERM`)));
    assert.equal(await logs.done, `${first}\nbye\n`);
    assert.deepEqual(
      (await waits.done).trim().split("\n"),
      names.map((_, number) => String(number)),
    );
    for (const name of others.slice(0, 5)) assert.equal(good(await engine.docker("logs", name)), `${name}\nbye`);
  },
);

test("a log file that was cut or emptied by hand: the rest is read, and what comes is logged", { skip }, async () => {
  await create("cut", "echo one; echo two; while [ ! -e /go ]; do sleep 0.1; done; echo three");
  await start("cut");
  const log = await inspect("{{.LogPath}}", "cut");
  while (!good(await engine.docker("logs", "cut")).includes("two")) await delay(50);
  truncateSync(log, 0);
  assert.equal(good(await engine.docker("logs", "cut")), "");
  good(await engine.docker("exec", "cut", "touch", "/go"));
  good(await engine.docker("wait", "cut"));
  assert.equal(good(await engine.docker("logs", "cut")), "three");
});

test("a container that is removed while it starts is gone, whole, and nothing hangs", { skip }, async () => {
  for (let round = 0; round < 8; round++) {
    const name = `quick${round}`;
    const id = await create(name, "sleep 600");
    const starting = engine.call("POST", `/v1.41/containers/${name}/start`);
    await delay(round * 4);
    const { status } = await engine.call("DELETE", `/v1.41/containers/${name}?force=1`);
    assert.equal(status, 204);
    assert.ok([204, 404, 409, 500].includes((await starting).status));
    assert.equal((await engine.call("GET", `/v1.41/containers/${id}/json`)).status, 404);
  }
  assert.deepEqual(
    (await engine.traces()).filter((trace) => trace.includes("quick")),
    [],
  );
});

test("30 clients on one name: one of them gets it, the others are told who has it", { skip }, async () => {
  const all = <T>(act: () => Promise<T>) => Promise.all(Array.from({ length: 30 }, act));
  const statuses = (answers: { status: number }[]) => answers.map(({ status }) => status).toSorted((a, b) => a - b);
  const times = (status: number, count: number) => Array.from({ length: count }, () => status);
  const body = { Image: "busybox", Cmd: ["sleep", "600"], HostConfig: { NetworkMode: "none" } };
  const made = await all(() => engine.call("POST", "/v1.41/containers/create?name=wanted", body));
  assert.deepEqual(statuses(made), [201, ...times(409, 29)]);
  const { Id: id } = JSON.parse(made.find(({ status }) => status === 201)?.text ?? "") as { Id: string };
  const refusal = `Conflict. The container name \\"/wanted\\" is already in use by container \\"${id}\\".`;
  for (const { text } of made.filter(({ status }) => status === 409)) assert.ok(text.includes(refusal), text);

  assert.deepEqual(statuses(await all(() => engine.call("POST", "/v1.41/containers/wanted/start"))), [
    204,
    ...times(304, 29),
  ]);
  const stopped = await all(() => engine.call("POST", "/v1.41/containers/wanted/stop?t=0"));
  assert.deepEqual(
    stopped.filter(({ status }) => status !== 204 && status !== 304),
    [],
  );
  const renamed = await all(() => engine.call("POST", `/v1.41/containers/${id}/rename?name=other`));
  assert.equal(renamed.filter(({ status }) => status === 204).length, 1);
  for (const { status, text } of renamed.filter((answer) => answer.status !== 204)) {
    assert.ok(status === 400 && text.includes("with the same name as its current name"), `${status} ${text}`);
  }
  const removed = await all(() => engine.call("DELETE", `/v1.41/containers/${id}?force=1`));
  assert.equal(removed.filter(({ status }) => status === 204).length > 0, true);
  assert.ok(removed.every(({ status }) => [204, 404, 409].includes(status)));

  const networks = await all(() => engine.call("POST", "/v1.41/networks/create", { Name: "wanted" }));
  assert.deepEqual(statuses(networks), [201, ...times(409, 29)]);
  const volumes = await all(() => engine.call("POST", "/v1.41/volumes/create", { Name: "wanted" }));
  assert.deepEqual(statuses(volumes), times(201, 30));
  assert.equal(new Set(volumes.map(({ text }) => (JSON.parse(text) as { CreatedAt: string }).CreatedAt)).size, 1);
  good(await engine.docker("network", "rm", "wanted"));
  good(await engine.docker("volume", "rm", "wanted"));
});
