import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, test } from "node:test";
import { leftovers } from "../../../server/cli/leftovers.ts";
import { readSettings } from "../../../server/cli/settings.ts";

const run = `/tmp/drydock-leftovers-${process.pid}`;
const settings = { ...readSettings(), run, data: `${run}-data` };
process.env["DRYDOCK_NAME"] = "zz"; // nobody's bridges and control groups

/** A shell that waits, with these words after its script; ends with the test. @param within what starts it */
async function shell(
  script: string,
  words: string[],
  env: Record<string, string>,
  within: string[] = [],
): Promise<number> {
  const [program = "", ...args] = [...within, "bash", "-c", `${script}; echo ready; read -r`, ...words];
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  after(async () => {
    child.stdin.end();
    await closed;
  });
  await once(child.stdout, "data");
  return child.pid ?? 0;
}

function isLeftOver(pid: number): boolean {
  return leftovers(settings).some((line) => line.startsWith(`process ${pid}:`));
}

test("a shell that names our socket in its script is its caller's, not a leftover", async () => {
  const environment = { DRYDOCK_RUN: run };
  assert.equal(isLeftOver(await shell(`export DOCKER_HOST=unix://${run}/drydock.sock`, [], environment)), false);
  assert.equal(isLeftOver(await shell(": node server/main.ts", ["server/web.ts"], environment)), false);
  assert.equal(isLeftOver(await shell("true", ["crun", `${run}/supervisor`], environment)), false);
});

test("the keeper of this installation is a leftover, another's is not", async () => {
  const words = (of: string) => ["drydock-keeper", `${of}/keeper/control`];
  assert.equal(isLeftOver(await shell("true", words(run), { DRYDOCK_RUN: run })), true);
  const other = `${run}-other`;
  assert.equal(isLeftOver(await shell("true", words(other), { DRYDOCK_RUN: other })), false);
});

test("a runtime at work in our run directory is a leftover", async () => {
  const child = spawn("sleep", ["60"], {
    argv0: "/usr/bin/crun",
    env: { ...process.env, DRYDOCK_RUN: run },
    stdio: "ignore",
  });
  const closed = once(child, "close");
  await once(child, "spawn");
  try {
    assert.equal(isLeftOver(child.pid ?? 0), true);
  } finally {
    child.kill("SIGKILL");
    await closed;
  }
});

test("one of our programs is a leftover, a learner's process that is called like it is not", async () => {
  const start = `exec -a node bash -c 'echo started; read -r' server/main.ts`;
  const environment = { DRYDOCK_RUN: run };
  assert.equal(isLeftOver(await shell(start, [], environment)), true);
  assert.equal(isLeftOver(await shell(start, [], environment, ["unshare", "--user"])), false);
});
