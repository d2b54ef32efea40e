import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { engineOfThisFile, run, whyNot } from "../suites/drydockd.ts";

const skip = whyNot() ?? false;
const engine = engineOfThisFile({ pull: ["busybox"] });
const { good } = engine;

test("containers outlive kill -9: no line is lost, exit codes are known, ports answer", { skip }, async () => {
  const count = "httpd -p 80 -h /etc; i=0; while true; do i=$((i+1)); echo $i; sleep 0.05; done";
  good(await engine.docker("run", "-d", "--name", "counts", "-p", "127.0.0.1::80", "busybox", "sh", "-c", count));
  good(await engine.docker("run", "-d", "--name", "ends", "busybox", "sh", "-c", "sleep 1; echo bye; exit 7"));
  const address = good(await engine.docker("port", "counts", "80"));
  await engine.kill("SIGKILL");
  await delay(1500);
  await engine.start();
  assert.equal(good(await engine.docker("wait", "ends")), "7");
  assert.equal(good(await engine.docker("logs", "ends")), "bye");
  const numbers = good(await engine.docker("logs", "counts"))
    .split("\n")
    .map(Number);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  );
  assert.equal((await fetch(`http://${address}/hostname`)).status, 200);
  assert.equal(good(await engine.docker("exec", "counts", "echo", "in")), "in");
});

test("a second drydockd on the same directory is refused, naming the first", { skip }, async () => {
  const second = await run(process.execPath, ["--disable-warning=ExperimentalWarning", "server/main.ts"], {
    env: { DRYDOCK_DATA: engine.dataDirectory, DRYDOCK_RUN: engine.runDirectory },
  });
  assert.equal(second.status, 1);
  assert.match(second.stderr, /another drydockd \(process \d+\) works on/);
});

test("SIGTERM ends drydockd at once although a client is attached", { skip }, async () => {
  const attached = engine.docker("attach", "counts");
  await delay(300);
  await engine.kill("SIGTERM");
  await attached;
  await engine.start();
  assert.match(good(await engine.docker("ps")), /counts/);
});

test("after a shutdown nothing of it is left in the kernel", { skip }, async () => {
  good(await engine.docker("kill", "counts"));
  good(await engine.docker("run", "-d", "busybox", "sleep", "600"));
  await engine.shutdown();
  assert.deepEqual(await engine.traces(), []);
});
