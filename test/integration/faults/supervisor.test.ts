import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { engineOfThisFile, whyNot } from "../../suites/drydockd.ts";
import { until } from "./http.ts";

const skip = whyNot() ?? false;
const engine = engineOfThisFile({ pull: ["busybox"] });

const supervisor = () =>
  Number.parseInt(readFileSync(join(engine.runDirectory, "supervisor/pid"), "utf8").split(" ")[0] ?? "", 10);
const inspect = async (format: string, name: string) => engine.good(await engine.docker("inspect", "-f", format, name));

async function run(name: string): Promise<number> {
  engine.good(await engine.docker("run", "-d", "--name", name, "busybox", "sh", "-c", "echo here; sleep 600"));
  return Number(await inspect("{{.State.Pid}}", name));
}

test(
  "the supervisor is killed: its containers have exited with 255, drydockd says so and goes on",
  { skip },
  async () => {
    const pid = await run("held");
    process.kill(supervisor(), "SIGKILL");
    await until("its end is told", async () => (await inspect("{{.State.Status}}", "held")) === "exited");
    assert.equal(await inspect("{{.State.ExitCode}}", "held"), "255");
    assert.equal(engine.good(await engine.docker("logs", "held")), "here");
    assert.ok(!existsSync(`/proc/${pid}/exe`), "nothing of it runs on");
    assert.match(engine.log, /container [0-9a-f]{64}: its supervisor has ended/);
    engine.good(await engine.docker("start", "held"));
    assert.equal(await inspect("{{.State.Status}}", "held"), "running");
  },
);

test("the supervisor is killed while drydockd is away: the next one says so", { skip }, async () => {
  const pid = await run("left");
  await engine.kill("SIGKILL");
  process.kill(supervisor(), "SIGKILL");
  await engine.start();
  assert.equal(await inspect("{{.State.Status}} {{.State.ExitCode}}", "left"), "exited 255");
  assert.ok(!existsSync(`/proc/${pid}/exe`), "nothing of it runs on");
  assert.match(engine.log, /container [0-9a-f]{64}: the supervisor that held it is gone/);
  assert.equal(engine.good(await engine.docker("run", "--rm", "busybox", "echo", "on")), "on");
});
