import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { isEngineError } from "#engine/errdefs/errors.ts";
import { TtrpcClient } from "#engine/runtime/link/ttrpc-client.ts";
import { taskMethods, taskService } from "#engine/runtime/link/task-api.ts";
import { whyNot } from "./machine.ts";
import { ownedDirectory } from "../../suites/owned-directory.ts";

const skip = whyNot() ?? false;
const main = join(import.meta.dirname, "../../../server/engine/runtime/supervisor/main.ts");
const directories: string[] = [];
after(() => directories.forEach((dir) => rmSync(dir, { recursive: true, force: true })));

async function start(): Promise<{ child: ChildProcess; dir: string; ended: Promise<unknown[]> }> {
  const dir = ownedDirectory("drydock-supervisor-");
  directories.push(dir);
  const args = ["--disable-warning=ExperimentalWarning", main, dir, "20"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  return { child, dir, ended };
}

async function answers(client: TtrpcClient): Promise<void> {
  const state = client.call(taskService, "State", taskMethods.State, { id: "nobody", execId: "" });
  await assert.rejects(
    state,
    (error) => !isEngineError(error, "unavailable") && /nobody not found/.test(String(error)),
  );
}

test("what makes no sense is refused and ends nothing; when nobody needs it, it ends by itself", { skip }, async () => {
  const { child, dir, ended } = await start();
  const client = await TtrpcClient.connect(join(dir, "socket"));
  await answers(client);
  const other = createConnection(join(dir, "socket"));
  const closed = once(other, "close");
  other.on("error", () => undefined).write(Buffer.alloc(64, 0xff));
  await closed;
  await assert.rejects(client.call(taskService, "Create", taskMethods.Create, { id: "x", bundle: "/nowhere" }));
  await answers(client);
  assert.equal(child.exitCode, null);
  client.close();
  assert.deepEqual(await ended, [0, null]);
});

test("its directory is removed: it ends though somebody is connected", { skip }, async () => {
  const { dir, ended } = await start();
  const client = await TtrpcClient.connect(join(dir, "socket"));
  await answers(client);
  rmSync(dir, { recursive: true });
  assert.deepEqual(await ended, [0, null]);
  client.close();
});
