import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Installation } from "../../suites/installation.ts";

const skip = process.getuid?.() === 0 ? false : "the command needs root";

test("down of what runs stops it, leaves nothing in the kernel and keeps the data", { skip }, async () => {
  const installation = new Installation();
  after(() => installation.remove());
  await installation.start();
  assert.notDeepEqual(installation.leftovers(), [], "the test would see nothing: it looks in the wrong places");
  const { status, stdout, stderr } = installation.command("down");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /Drydock is down/);
  assert.deepEqual(installation.leftovers(), []);
  assert.equal(existsSync(installation.run), false);
  assert.equal(existsSync(join(installation.data, "lock")), true);
});

test("down takes away what drydockd left when it was killed, and can be run again", { skip }, async () => {
  const installation = new Installation();
  after(() => installation.remove());
  await installation.start();
  installation.kill();
  assert.notDeepEqual(installation.leftovers(), [], "a killed drydockd leaves something, else this test shows nothing");
  for (const time of ["first", "second"]) {
    const { status, stderr } = installation.command("down");
    assert.equal(status, 0, `${time}: ${stderr}`);
    assert.deepEqual(installation.leftovers(), []);
  }
});

test("down ends what went on without its supervisor, and a new supervisor takes its place", { skip }, async () => {
  const installation = new Installation();
  after(() => installation.remove());
  await installation.start();
  const [first] = installation.drydockds();
  installation.killSupervisor();
  await installation.start();
  while (installation.drydockds().includes(first ?? 0)) await sleep(100);
  while (!installation.answers()) await sleep(500);
  assert.equal(installation.drydockds().length, 1);
  installation.killSupervisor();
  const { status, stderr } = installation.command("down");
  assert.equal(status, 0, stderr);
  assert.deepEqual(installation.leftovers(), []);
});

test("down of what never started is no error", { skip }, () => {
  const installation = new Installation();
  after(() => installation.remove());
  const { status, stderr } = installation.command("down");
  assert.equal(status, 0, stderr);
});

test("status of what does not run has exit status 3", { skip }, () => {
  const installation = new Installation();
  after(() => installation.remove());
  const { status, stdout } = installation.command("status");
  assert.equal(status, 3);
  assert.match(stdout, /drydockd +does not answer/);
});

test("up on a port that is taken names another and sets nothing up", { skip }, async () => {
  const installation = new Installation();
  const other = createServer();
  after(() => {
    other.close();
    installation.remove();
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  const { status, stderr } = installation.command("up", "--port", String(port));
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`port ${port} on 127.0.0.1 is taken by another program: choose another, .*--port`));
  assert.equal(existsSync(installation.data), false);
});
