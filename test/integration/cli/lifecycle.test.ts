import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { giveStandIns } from "../../suites/stand-ins.ts";
import { dockerClient } from "../../suites/docker-clients.ts";
import { Installation } from "../../suites/installation.ts";
import { run } from "../../suites/run.ts";

const skip = process.getuid?.() === 0 ? false : "the command needs root";

test("down of what runs stops it, leaves nothing in the kernel and keeps the data", { skip }, async (t) => {
  const installation = new Installation();
  after(() => installation.remove());
  await giveStandIns(["busybox"], installation.data);
  await installation.start();
  const port = await serveOnOwnNetwork(installation);
  const before = installation.leftovers();
  const seen = {
    bridge: / y\S+-\S+: /,
    veth: / y\S+@/,
    overlay: / - overlay /,
    table: /^table /,
    process: /supervisor\/main\.ts/,
    cgroup: /^\/sys\/fs\/cgroup/,
  };
  for (const [what, pattern] of Object.entries(seen)) {
    assert.ok(
      before.some((line) => pattern.test(line)),
      `the test would see no ${what}: ${before.join("\n")}`,
    );
  }
  await t.test("its network namespace is seen", (namespaces) => {
    if (before.some((line) => /^network namespace net:\[\d+\]$/.test(line))) return;
    namespaces.skip("whose network namespaces are held cannot be read from /proc here: only links are looked for");
  });
  const { status, stdout, stderr } = installation.command("down");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /Drydock is down/);
  assert.deepEqual(installation.leftovers(), []);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`), "the published port is still listened on");
  assert.equal(existsSync(installation.run), false);
  assert.equal(existsSync(join(installation.data, "lock")), true);
});

test("status, logs and doctor tell of what runs", { skip }, async () => {
  const installation = new Installation();
  after(() => installation.remove());
  await giveStandIns(["busybox"], installation.data);
  await installation.start();
  const { stdout: said } = installation.command("status");
  assert.match(said, /^drydockd +answers .*\/drydock\.sock$/m);
  assert.match(said, /^supervisor runs \(pid \d+\)$/m);
  assert.match(said, /^image +busybox: ready \(local stand-in\)$/m);

  const doctor = installation.command("doctor");
  assert.equal(doctor.status, 0, doctor.stdout + doctor.stderr);
  const fine = ["overlayfs", "user namespaces", "nftables", "bridge and veth", "runtime crun"];
  for (const name of [...fine, "drydockd", "base image busybox"]) {
    assert.match(doctor.stdout, new RegExp(`^✓ ${name} `, "m"), doctor.stdout);
  }
  const types = new Set(readFileSync("/proc/self/mounts", "utf8").match(/(?<= )cgroup2?(?= r[ow],)/g));
  const version = types.has("cgroup") ? (types.has("cgroup2") ? "v1 hybrid" : "v1") : "v2";
  assert.match(doctor.stdout, new RegExp(`^[✓!] cgroups +${version}\\b`, "m"), "of the machine that it runs on");
  // A container was really run, whatever names this machine can look up.
  assert.match(doctor.stdout, /^[✓·] DNS in a container +\S+ is found/m);
  // Whatever is not well comes with what to do about it.
  const lines = doctor.stdout.trimEnd().split("\n");
  lines.forEach((line, index) => {
    if (/^[·!✗]/.test(line)) assert.match(lines[index + 1] ?? "", /^ +→ \S/, line);
  });

  const logs = installation.command("logs");
  assert.equal(logs.status, 0, logs.stderr);
  for (const name of ["drydockd", "web"]) assert.match(logs.stdout, new RegExp(`^==> .*/log/${name}\\.log <==$`, "m"));
  assert.match(logs.stdout, /^\S+Z drydockd \S+ answers on .*drydock\.sock/m);
  const refused = installation.command("logs", "--all");
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /logs has no option --all\nSee \.\/drydock help logs/);
});

test("logs -f goes on with what is written after it", { skip }, async () => {
  const installation = new Installation();
  after(() => installation.remove());
  const file = join(installation.data, "log/drydockd.log");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "before\n");
  const following = installation.follow("logs", "-f");
  await following.shows(/^before$/m);
  appendFileSync(file, "after\n");
  await following.shows(/^after$/m);
  await following.end();
});

test("logs of what never started says how to start it", { skip }, () => {
  const installation = new Installation();
  after(() => installation.remove());
  const { status, stderr } = installation.command("logs");
  assert.equal(status, 1);
  assert.match(stderr, /nothing is logged yet in .*: start Drydock with \.\/drydock up/);
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

/** A web server in a container on a network of its own. @returns the port of this machine that it is published on */
async function serveOnOwnNetwork(installation: Installation): Promise<number> {
  const client = await dockerClient();
  const env = installation.clientEnv();
  const docker = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await run(client, args, { env });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  await docker("network", "create", "own");
  await docker("run", "-d", "--network", "own", "-p", "127.0.0.1::80", "--name", "www", "busybox", "httpd", "-f");
  const port = Number(/:(\d+)\s*$/.exec(await docker("port", "www", "80"))?.[1]);
  while ((await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)) === undefined) await sleep(100);
  return port;
}
