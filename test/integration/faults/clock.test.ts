import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { dockerClient } from "../../suites/docker-clients.ts";
import { engineOfThisFile, whyNot } from "../../suites/drydockd.ts";
import { until } from "./http.ts";

const skip = whyNot() ?? false;
const engine = engineOfThisFile({ pull: ["busybox"], clock: true });
const { good } = engine;
const hour = 3_600_000;

test(
  "the clock jumps, forth and back: everything goes on, and what comes later has the new time",
  { skip },
  async () => {
    const count = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done";
    const check = ["--health-cmd", "test ! -e /ill", "--health-interval", "200ms", "--health-retries", "1"];
    good(await engine.docker("run", "-d", "--name", "counts", ...check, "busybox", "sh", "-c", count));
    good(await engine.docker("run", "-d", "--name", "again", "--restart", "always", "busybox", "sleep", "0.3"));
    const restarts = async () => Number(good(await engine.docker("inspect", "-f", "{{.RestartCount}}", "again")));
    const health = async () => good(await engine.docker("inspect", "-f", "{{.State.Health.Status}}", "counts"));

    const docker = await dockerClient();
    const env = { ...process.env, DOCKER_HOST: `unix://${engine.socket}` };
    const events = spawn(docker, ["events", "--filter", "event=create", "--format", "{{.TimeNano}}"], { env });
    const logs = spawn(docker, ["logs", "-f", "counts"], { env });
    const seen = { events: "", logs: "" };
    events.stdout.on("data", (chunk: Buffer) => (seen.events += chunk.toString()));
    logs.stdout.on("data", (chunk: Buffer) => (seen.logs += chunk.toString()));
    await until("the log is followed", () => seen.logs.includes("1\n"));

    for (const [step, offset] of [48 * hour, -24 * hour, 0].entries()) {
      await engine.setClock(offset);
      const [before, lines] = [await restarts(), seen.logs.length];
      assert.equal(good(await engine.docker("run", "--rm", "busybox", "echo", "runs")), "runs");
      await until("the event is told", () => seen.events.trim().split("\n").length === step + 1);
      const told = Number(BigInt(seen.events.trim().split("\n")[step] ?? "0") / 1_000_000n);
      assert.ok(Math.abs(told - (Date.now() + offset)) < 60_000, `event at ${told}, offset ${offset}`);
      const since = String((Date.now() + offset) / 1_000 - 30);
      const untilNow = String((Date.now() + offset) / 1_000 + 1);
      const replayed = good(
        await engine.docker("events", "--since", since, "--until", untilNow, "--format", "{{.Action}}"),
      );
      assert.match(replayed, /^create$/m);
      await until("restarts go on", async () => (await restarts()) > before);
      await until("the log goes on", () => seen.logs.length > lines + 20);
      good(await engine.docker("exec", "counts", "touch", "/ill"));
      await until("ill", async () => (await health()) === "unhealthy");
      good(await engine.docker("exec", "counts", "rm", "/ill"));
      await until("well", async () => (await health()) === "healthy");
      assert.match(good(await engine.docker("ps", "--format", "{{.Status}}", "--filter", "name=counts")), /^Up /);
      // One that counted by the clock that jumped would wait for longer than any test may.
      good(await engine.docker("stop", "-t", "1", "again"));
      good(await engine.docker("start", "again"));
    }
    for (const child of [events, logs]) child.kill("SIGKILL");
    const numbers = seen.logs.trim().split("\n").map(Number);
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
      "no line is lost or told twice",
    );
    good(await engine.docker("rm", "-f", "counts", "again"));
  },
);
