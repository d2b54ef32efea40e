import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clearDeadRun } from "../../suites/clear-dead-runs.ts";
import { Drydockd, whyNot } from "../../suites/drydockd.ts";
import { tracesOf } from "../../suites/kernel-traces.ts";
import { deadRuns } from "../../suites/owned-directory.ts";

test("what a killed test left goes, and a living one's stays", { skip: whyNot() ?? false }, async () => {
  const alive = new Drydockd();
  const child = fork(join(import.meta.dirname, "before-kill.ts"), {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  try {
    await alive.start();
    const [{ directory, name }] = (await once(child, "message")) as [{ directory: string; name: string }];
    const isListed = (path: string) => deadRuns().find((dead) => dead.directory === path);
    assert.equal(isListed(directory), undefined);
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    const dead = isListed(directory);
    assert.ok(dead);
    assert.equal(dead.names.drydock, name);
    assert.equal(isListed(alive.directory), undefined);
    // Its drydockd and supervisor live on, and its container's mounts.
    const traces = () => tracesOf(directory, name);
    assert.ok((await traces()).length > 3, JSON.stringify(await traces()));
    assert.deepEqual(await clearDeadRun(dead), []);
    assert.deepEqual(await traces(), []);
    assert.equal(existsSync(directory), false);
    assert.equal(await alive.answers(), true);
  } finally {
    child.kill("SIGKILL");
    await alive.dispose();
  }
});
