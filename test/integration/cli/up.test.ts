import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { dockerClient } from "../../suites/docker-clients.ts";
import { makeBaseImage } from "../../conformance/harness/base-image.ts";
import { fileStates } from "../../suites/file-states.ts";
import { Installation } from "../../suites/installation.ts";
import { run } from "../../suites/run.ts";

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

  await t.test("a name that its networks can have, told before anything is set up", () => {
    const { status, stdout, stderr } = installation.commandUnder(["env", "DRYDOCK_NAME=class"], "up", "--port", port);
    assert.equal(status, 1);
    assert.match(stderr, /^\s*drydock: invalid name "class": at most 2 lower-case letters or digits\n$/);
    assert.equal(stdout, "");
  });

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
    const states = () => [
      // Other tests may write in some of the rest of `.drydock` meanwhile.
      ...fileStates(installation.checkout, /^(\.git|\.drydock\/(?!stamps|bin|toolchain|web-node).*|.*\.tsbuildinfo)$/),
      ...fileStates(installation.directory, /^(d\/log|.*\.db-(wal|shm))$/),
    ];
    const before = states();
    for (const made of ["node_modules/next/package.json", ".next/BUILD_ID", ".drydock/stamps/web", "settings.json"]) {
      assert.ok(
        before.some((state) => state.startsWith(`${made} `)),
        `${made} would not be seen to change`,
      );
    }
    const second = up();
    assert.equal(second.status, 0);
    assert.doesNotMatch(second.stdout, /npm|packages|the web page|user/, "nothing is set up again");
    assert.deepEqual(installation.drydockds(), started);
    assert.deepEqual(states(), before);
    assert.ok(existsSync(join(installation.data, "web/playground.db")), "all of it is under one directory");
    installation.env["DRYDOCK_PORT"] = port; // else the fixture's own wins over what up has saved
    const said = installation.command("status");
    assert.equal(said.status, 0, said.stdout);
    assert.match(said.stdout, new RegExp(`^web +answers +http://localhost:${port}/$`, "m"));
  });

  await t.test("web serves a copy of the built pages, which no build changes", async () => {
    const seen = `/proc/${installation.web()}/cwd/.next`;
    const served = statSync(join(installation.data, "pages")).ino;
    assert.equal(statSync(seen).ino, served);
    assert.notEqual(statSync(join(installation.checkout, ".next")).ino, served);
    const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    const [chunk = ""] = page.match(/\/_next\/static\/[\w./-]+\.js/) ?? [];
    const script = await (await fetch(`http://127.0.0.1:${port}${chunk}`)).text();
    assert.equal(script, readFileSync(join(installation.data, "pages", chunk.slice("/_next/".length)), "utf8"));
  });

  await t.test("web is a process without privilege", () => {
    const status = readFileSync(`/proc/${installation.web()}/status`, "utf8");
    const user = spawnSync("id", ["-u", "drydock"], { encoding: "utf8" }).stdout.trim();
    assert.notEqual(user, "0");
    assert.match(status, new RegExp(`^Uid:${`\\t${user}`.repeat(4)}$`, "m"));
    for (const set of ["Inh", "Prm", "Eff", "Bnd", "Amb"])
      assert.match(status, new RegExp(`^Cap${set}:\\t0{16}$`, "m"));
    assert.match(status, /^NoNewPrivs:\t1$/m);
  });

  await t.test("with other settings both are started anew, and containers go on", async () => {
    const docker = async (...args: string[]) => {
      const { status, stdout, stderr } = await run(await dockerClient(), args, { env: installation.clientEnv() });
      assert.equal(status, 0, stderr);
      return stdout.trim();
    };
    const going = 'i=0; while :; do i=$((i+1)); echo "beat $i"; sleep 0.1; done';
    await docker("load", "-q", "-i", await makeBaseImage(installation.directory));
    await docker("run", "-d", "--name", "going", "busybox", "sh", "-c", going);
    const pid = await docker("inspect", "-f", "{{.State.Pid}}", "going");
    const [before, web] = [installation.drydockds(), installation.web()];
    const { other: holder, port: another } = await takePort();
    await new Promise((resolve) => holder.close(resolve));
    const { status, stdout, stderr } = installation.command("up", "--port", another);
    assert.equal(status, 0, stdout + stderr);
    const everywhere = installation.command("up", "--port", another, "--host", "0.0.0.0");
    assert.equal(everywhere.status, 0, `the port is its own: ${everywhere.stdout}${everywhere.stderr}`);
    assert.notDeepEqual(installation.drydockds(), before);
    assert.notEqual(installation.web(), web);
    assert.equal((await fetch(`http://127.0.0.1:${another}/api/status`)).status, 200);
    assert.equal(await docker("inspect", "-f", "{{.State.Pid}} {{.State.Running}}", "going"), `${pid} true`);
    const beats = async () => (await docker("logs", "going")).split("\n");
    const sofar = (await beats()).length;
    while ((await beats()).length <= sofar) await sleep(100);
    const lines = await beats();
    assert.deepEqual(
      lines,
      lines.map((_, index) => `beat ${index + 1}`),
    );
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
