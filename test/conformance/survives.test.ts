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
