import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Drydockd, run, whyNot } from "../suites/drydockd.ts";

const skip = whyNot() ?? false;
const engine = new Drydockd();

before(async () => {
  if (skip === false) await engine.start();
});
after(async () => {
  if (skip === false) await engine.dispose();
});

/** Command lines of mmdebstrap at work for this engine, and what it started. */
async function makers(): Promise<string[]> {
  const { stdout } = await run("pgrep", ["-fa", `${engine.runDirectory}/catalogue/`]);
  return stdout.split("\n").filter((line) => line !== "" && !line.includes("pgrep"));
}

test("SIGTERM while a base image is being made ends both at once and leaves nothing half made", { skip }, async (t) => {
  const pull = engine.docker("pull", "debian");
  while (!(await makers()).some((line) => line.includes("dpkg"))) {
    const ended = await Promise.race([pull, delay(50)]);
    if (ended !== undefined) {
      t.skip(`debian cannot be made here, or came from a registry: ${ended.stdout}${ended.stderr}`);
      return;
    }
  }
  await engine.kill("SIGTERM");
  assert.deepEqual(await makers(), []);
  assert.notEqual((await pull).stdout.includes("Downloaded newer image"), true);
  assert.deepEqual(
    (await engine.traces()).filter((trace) => trace.includes("catalogue")),
    [],
  );
  await engine.start();
  assert.equal((await engine.docker("images", "-q")).stdout, "");
});

test("SIGTERM cuts open streams; a container that could not start has none", { skip }, async () => {
  await engine.docker("pull", "-q", "busybox");
  assert.equal((await engine.docker("run", "-d", "--name", "stays", "busybox", "sleep", "600")).status, 0);
  const attached = engine.docker("attach", "stays");
  const followed = engine.docker("logs", "-f", "stays");
  const watched = engine.docker("events");
  assert.equal((await engine.docker("run", "--rm", "busybox", "no-such-program")).status, 127);
  await engine.kill("SIGTERM");
  await Promise.all([attached, followed, watched]);
  await engine.start();
  assert.equal((await engine.docker("inspect", "-f", "{{.State.Running}}", "stays")).stdout, "true\n");
});
