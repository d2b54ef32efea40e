import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { Installation } from "../../suites/installation.ts";

const skip = process.getuid?.() === 0 ? false : "the command needs root";

/** Listens on a port of 127.0.0.1 that nobody else has. */
async function takePort(): Promise<{ other: Server; port: string }> {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  return { other, port: String((other.address() as { port: number }).port) };
}

function mustWork(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  assert.equal(status, 0, `${program} ${args.join(" ")}: ${stderr}`);
}

// A machine that reaches no package source is in test/bare/session.sh: here all packages are installed.
test("up says what is missing, and the same command finishes once it is there", { skip }, async (t) => {
  const installation = new Installation();
  t.after(() => {
    installation.command("down");
    spawnSync("umount", ["-l", installation.data]);
    installation.remove();
  });
  const { other, port } = await takePort();
  t.after(() => other.close());
  const up = (...prefix: string[]) => installation.commandUnder(prefix, "up", "--port", port);

  await t.test("a free port", () => {
    const { status, stderr } = up();
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`port ${port} on 127.0.0.1 is taken by another program: choose another`));
    assert.equal(existsSync(installation.data), false);
  });
  await new Promise((resolve) => other.close(resolve));

  mkdirSync(installation.data);
  mustWork("mount", "-t", "tmpfs", "-o", "size=64m", "drydock-test", installation.data);
  await t.test("room on the disk", () => {
    const { status, stderr } = up();
    assert.equal(status, 1);
    assert.match(stderr, /the disk of .* has \d+ MB free, and 1024 MB are needed: make room and run the same command/);
  });
  mustWork("mount", "-o", "remount,size=1500m", installation.data);

  await t.test("what the kernel must allow", () => {
    const { status, stdout, stderr } = up("setpriv", "--bounding-set", "-sys_admin");
    assert.equal(status, 1, stdout);
    assert.match(
      stderr,
      /this machine cannot run containers yet:\n(?: {2}.*\n)* {2}overlayfs: .*\. load it with 'modprobe/,
    );
    assert.doesNotMatch(stdout, /drydockd and web/);
    assert.deepEqual(installation.drydockds(), []);
  });

  await t.test("nothing more: it starts, and a second time changes nothing", async () => {
    const { status, stdout, stderr } = up();
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, new RegExp(`Drydock is up: http://localhost:${port}/\n`));
    assert.equal((await fetch(`http://127.0.0.1:${port}/api/status`)).status, 200);
    const started = installation.drydockds();
    assert.equal(started.length, 1);
    assert.equal(up().status, 0);
    assert.deepEqual(installation.drydockds(), started);
    assert.ok(existsSync(join(installation.data, "web/playground.db")), "all of it is under one directory");
  });

  await t.test("and down leaves nothing", () => {
    const { status, stderr } = installation.command("down");
    assert.equal(status, 0, stderr);
    const isDisk = (line: string) => line.includes(` ${installation.data} `);
    assert.deepEqual(
      installation.leftovers().filter((line) => !isDisk(line)),
      [],
    );
  });
});
