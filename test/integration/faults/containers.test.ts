import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Drydockd, type Outcome, type TenantClient, whyNot } from "../../suites/drydockd.ts";
import { demultiplex } from "./frames.ts";
import { json, send, until } from "./http.ts";

const skip = whyNot() ?? false;
const engine = new Drydockd({ standIns: ["busybox"] });
const mebibyte = 1_024 ** 2;
let learner: TenantClient;
let other: TenantClient;

interface Inspected {
  Id: string;
  State: { Status: string; Running: boolean; ExitCode: number; OOMKilled: boolean };
}

before(async () => {
  if (skip !== false) return;
  await engine.start();
  learner = await engine.tenant("learner", "public", { memory: 128 * mebibyte, pids: 60 });
  other = await engine.tenant("neighbour", "public", { memory: 64 * mebibyte, pids: 60 });
  for (const tenant of [learner, other]) {
    good(await tenant.docker("pull", "-q", "busybox"));
  }
  good(await other.docker("run", "-d", "--name", "calm", "busybox", "sleep", "1000"));
});

after(async () => {
  if (skip === false) await engine.dispose();
});

function good({ status, stdout, stderr }: Outcome): string {
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  return stdout.trim();
}

function inspect(name: string): Promise<Inspected> {
  return json(learner.socket, "GET", `/v1.41/containers/${name}/json`);
}

async function assertNeighbourUnharmed(): Promise<void> {
  assert.equal(good(await other.docker("exec", "calm", "echo", "still here")), "still here");
}

describe("a container that takes more than its share", { skip }, () => {
  test("endless output: bounded on disk and in memory, others answer, it can be removed at once", async () => {
    const before = engine.residentBytes();
    const id = good(await learner.docker("run", "-d", "busybox", "yes", "a line of a program that does not end"));
    const directory = join(engine.dataDirectory, "containers", id);
    const logs = () => globSync(join(directory, "*json.log*")).reduce((sum, path) => sum + statSync(path).size, 0);
    await until("its log rotates", () => globSync(join(directory, "*json.log*")).length > 1);
    for (let round = 0; round < 20; round++) {
      assert.equal((await send(other.socket, "/_ping")).status, 200);
    }
    await assertNeighbourUnharmed();
    assert.ok(logs() < 60 * mebibyte, `${logs()} bytes of logs`);
    // The end as it is now, however fast it writes on.
    const tail = good(await learner.docker("logs", "--tail", "2", id)).split("\n");
    assert.ok(tail.length <= 2, `${tail.length} lines`);
    good(await learner.docker("rm", "-f", id));
    const grown = (engine.residentBytes() - before) / mebibyte;
    assert.ok(grown < 150, `drydockd grew by ${grown} MiB`);
  });

  test("a memory hog is killed by the tenant's limit, and says so", async () => {
    const { status } = await learner.docker("run", "--name", "hog", "busybox", "tail", "/dev/zero");
    assert.equal(status, 137);
    const { State } = await inspect("hog");
    assert.equal(State.OOMKilled, true);
    assert.equal(State.ExitCode, 137);
    good(await learner.docker("rm", "hog"));
    await assertNeighbourUnharmed();
  });

  test("a fork bomb stays within the tenant's limit and can be removed", async () => {
    const id = good(
      await learner.docker("run", "-d", "--name", "bomb", "busybox", "sh", "-c", "f() { f | f & }; f; sleep 1000"),
    );
    await until("the limit is reached", async () =>
      good(await learner.docker("logs", "--tail", "5", id).then(joined)).includes("can't fork"),
    );
    const { pids } = await json<{ pids: { used: number; limit: number } }>(learner.socket, "GET", "/drydock/v1/limits");
    assert.equal(pids.limit, 60);
    assert.ok(pids.used <= 60, `${pids.used} processes`);
    await assertNeighbourUnharmed();
    good(await learner.docker("rm", "-f", "bomb"));
    assert.equal(good(await learner.docker("run", "--rm", "busybox", "echo", "again")), "again");
  });
});

describe("a container with bad manners", { skip }, () => {
  test("it ignores SIGTERM: stop kills it after its time", async () => {
    good(
      await learner.docker("run", "-d", "--name", "deaf", "busybox", "sh", "-c", "trap '' TERM; echo on; sleep 1000"),
    );
    await until("it is deaf", async () => good(await learner.docker("logs", "deaf")) === "on");
    const begun = performance.now();
    good(await learner.docker("stop", "-t", "1", "deaf"));
    assert.ok(performance.now() - begun >= 1_000);
    assert.deepEqual({ ...(await inspect("deaf")).State }.ExitCode, 137);
    good(await learner.docker("rm", "deaf"));
  });

  test("it leaves children behind: they end with it", async () => {
    const script = "for i in 1 2 3 4 5; do (sleep 4322 &) ; done; sh -c 'exit 0' & exit 6";
    assert.equal((await learner.docker("run", "--name", "parent", "busybox", "sh", "-c", script)).status, 6);
    assert.deepEqual(
      (await engine.traces()).filter((trace) => trace.endsWith("sleep 4322")),
      [],
    );
    good(await learner.docker("rm", "parent"));
  });

  test("it closes its outputs: it runs on, and its end is seen", async () => {
    const script = "echo last words; exec >&- 2>&-; sleep 1; exit 9";
    const id = good(await learner.docker("run", "-d", "busybox", "sh", "-c", script));
    await until("it has spoken", async () => good(await learner.docker("logs", id)) === "last words");
    assert.equal((await inspect(id)).State.Running, true);
    assert.equal(good(await learner.docker("wait", id)), "9");
    good(await learner.docker("rm", id));
  });

  test("its binary output is the same byte for byte, attached and from the log", async () => {
    // All byte values in no order, without and with newlines, and no end of line at the end.
    const script =
      'i=0; while [ $i -lt 256 ]; do printf "\\\\$(printf %o $(( (i * 167 + 13) % 256 )))"; i=$((i+1)); done';
    const expected = Buffer.from(Array.from({ length: 256 }, (_, index) => (index * 167 + 13) % 256));
    const long = `${script}; head -c 100000 /dev/zero | tr '\\0' '\\377'; ${script}`;
    const whole = Buffer.concat([expected, Buffer.alloc(100_000, 0xff), expected]);
    const { Id } = await json<{ Id: string }>(learner.socket, "POST", "/v1.41/containers/create", {
      Image: "busybox",
      Cmd: ["sh", "-c", long],
      AttachStdout: true,
    });
    const attached = send(learner.socket, `/v1.41/containers/${Id}/attach?stream=1&stdout=1&stderr=1`, {
      method: "POST",
    });
    await json(learner.socket, "POST", `/v1.41/containers/${Id}/start`);
    assert.equal(hash(demultiplex((await attached).body).stdout), hash(whole), "attached");
    const { body } = await send(learner.socket, `/v1.41/containers/${Id}/logs?stdout=1&stderr=1`);
    assert.equal(hash(demultiplex(body).stdout), hash(whole), "logged");
    good(await learner.docker("rm", Id));
  });
});

describe("tenants among themselves", { skip }, () => {
  test("nothing of one is seen on the other's socket", async () => {
    const id = good(await learner.docker("run", "-d", "--name", "secret", "busybox", "sleep", "1000"));
    good(await learner.docker("tag", "busybox", "mine:1"));
    good(await learner.docker("volume", "create", "treasure"));
    good(await learner.docker("network", "create", "back-yard"));
    assert.doesNotMatch(good(await other.docker("ps", "-a", "--no-trunc")), /secret/);
    assert.doesNotMatch(good(await other.docker("images")), /mine/);
    assert.doesNotMatch(good(await other.docker("volume", "ls")), /treasure/);
    assert.doesNotMatch(good(await other.docker("network", "ls")), /back-yard/);
    for (const path of [`containers/${id}/json`, "images/mine:1/json", "volumes/treasure", "networks/back-yard"]) {
      assert.equal((await send(other.socket, `/v1.41/${path}`)).status, 404, path);
    }
    assert.equal((await send(other.socket, `/v1.41/containers/${id}/kill`, { method: "POST" })).status, 404);
    assert.equal((await send(other.socket, "/drydock/v1/tenants")).status, 404);
    good(await learner.docker("rm", "-f", "secret"));
  });

  test("what would reach the machine is refused with 403 and a reason", async () => {
    const refused: [string, object, RegExp][] = [
      ["privileged", { Privileged: true }, /--privileged is not allowed here.*take over the machine/s],
      ["host network", { NetworkMode: "host" }, /--network host is not allowed here/],
      ["host pids", { PidMode: "host" }, /--pid host is not allowed here/],
      ["bind mount", { Binds: ["/etc:/x"] }, /Mounting \/etc is not allowed here.*\/workspace/s],
      ["capability", { CapAdd: ["SYS_ADMIN"] }, /SYS_ADMIN/],
      ["device", { Devices: [{ PathOnHost: "/dev/kmsg", PathInContainer: "/dev/kmsg" }] }, /\/dev\/kmsg|device/],
      ["profile", { SecurityOpt: ["seccomp=unconfined"] }, /seccomp/],
    ];
    for (const [what, HostConfig, words] of refused) {
      const { status, text } = await send(learner.socket, "/v1.41/containers/create", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ Image: "busybox", Cmd: ["true"], HostConfig }),
      });
      assert.equal(status, 403, `${what}: ${text}`);
      const { message } = JSON.parse(text) as { message: string };
      assert.match(message, words, what);
      assert.match(message, /rule "/, `${what} names its rule`);
    }
  });
});

function joined({ status, stdout, stderr }: Outcome): Outcome {
  return { status, stdout: `${stdout}${stderr}`, stderr: "" };
}

function hash(bytes: Buffer): string {
  return `${bytes.length} bytes, ${createHash("sha256").update(bytes).digest("hex")}`;
}
