import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Drydockd, whyNot } from "../../suites/drydockd.ts";

const skip = whyNot();
const daemon = new Drydockd({ standIns: ["busybox"] });
const driver = `drydock-test-${daemon.name}`;
const socket = `/run/docker/plugins/${driver}.sock`;
const asked: string[] = [];

/** A volume plugin: directories beneath one. */
const plugin = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    const method = request.url?.slice(1) ?? "";
    const { Name: name = "", ID: id } = JSON.parse(body === "" ? "{}" : body) as { Name?: string; ID?: string };
    asked.push([method, name, id === undefined ? "" : "id"].filter(Boolean).join(" "));
    response.end(JSON.stringify(answer(method, name)));
  });
});

function answer(method: string, name: string): object {
  const path = join(daemon.directory, "plugin", name);
  switch (method) {
    case "Plugin.Activate":
      return { Implements: ["VolumeDriver"] };
    case "VolumeDriver.Create":
      if (name === "refused") return { Err: "no space for it" };
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "hello"), "from the plugin\n");
      return { Err: "" };
    case "VolumeDriver.Get":
      return { Volume: { Name: name, Mountpoint: path, Status: { tier: { name: "cold" } } } };
    case "VolumeDriver.Mount":
      return { Mountpoint: path };
    case "VolumeDriver.Capabilities":
      return { Capabilities: { Scope: "global" } };
    default:
      return { Err: "" };
  }
}

before(async () => {
  if (skip !== undefined) return;
  mkdirSync("/run/docker/plugins", { recursive: true });
  rmSync(socket, { force: true });
  await new Promise<void>((resolve) => plugin.listen(socket, () => resolve()));
  await daemon.start();
});
after(async () => {
  plugin.close();
  rmSync(socket, { force: true });
  await daemon.dispose();
});

test("a volume plugin makes, mounts, tells of and removes volumes", { skip }, async () => {
  const made = await daemon.docker("volume", "create", "-d", driver, "-o", "size=1", "pv");
  assert.equal(made.stdout.trim(), "pv", made.stderr);
  const [shown] = JSON.parse((await daemon.docker("volume", "inspect", "pv")).stdout) as Record<string, unknown>[];
  assert.equal(shown?.["Driver"], driver);
  assert.equal(shown?.["Scope"], "global");
  assert.deepEqual(shown?.["Status"], { tier: { name: "cold" } });
  assert.deepEqual(shown?.["Options"], { size: "1" });
  const run = await daemon.docker("run", "--rm", "-v", "pv:/data", "busybox", "cat", "/data/hello");
  assert.equal(run.stdout, "from the plugin\n", run.stderr);
  assert.ok(asked.includes("VolumeDriver.Mount pv id"));
  assert.equal((await daemon.docker("volume", "rm", "pv")).status, 0);
  assert.ok(asked.includes("VolumeDriver.Unmount pv id"), asked.join());
  assert.ok(asked.includes("VolumeDriver.Remove pv"));
});

test("what a plugin refuses is told in its own words; one that is not there in dockerd's", { skip }, async () => {
  const refused = await daemon.docker("volume", "create", "-d", driver, "refused");
  assert.match(refused.stderr, /create refused: VolumeDriver\.Create: no space for it/);
  const missing = await daemon.docker("volume", "create", "-d", "nosuch", "vol");
  assert.match(missing.stderr, /create vol: error looking up volume plugin nosuch: plugin "nosuch" not found/);
});

test("plugins are the operator's: for a guest there are none", { skip }, async () => {
  const guest = await daemon.tenant("guest", "class");
  const { status, stderr } = await guest.docker("volume", "create", "-d", driver, "mine");
  assert.equal(status, 1);
  assert.match(stderr, /not found/);
  assert.match(
    (await guest.docker("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "t")).stderr,
    /volume/,
  );
});

test("the local driver mounts what its options say, for as long as somebody uses it", { skip }, async () => {
  const options = ["-o", "type=tmpfs", "-o", "device=tmpfs", "-o", "o=size=1m"];
  assert.equal((await daemon.docker("volume", "create", ...options, "ram")).status, 0);
  const shown = await daemon.docker("run", "--rm", "-v", "ram:/m", "busybox", "df", "-k", "/m");
  assert.match(shown.stdout, /tmpfs +1024 /);
  assert.equal(
    (await daemon.docker("volume", "create", "-o", "type=none", "-o", "device=/nowhere", "-o", "o=bind", "no")).status,
    0,
  );
  const missing = await daemon.docker("run", "--rm", "-v", "no:/m", "busybox", "true");
  assert.equal(missing.status, 127);
  assert.match(
    missing.stderr,
    /failed to mount local volume: mount \/nowhere:.*, flags: 0x1000: no such file or directory/,
  );
  assert.deepEqual(
    (await daemon.traces()).filter((trace) => trace.endsWith("/volumes/operator/ram")),
    [],
  );
  const pruned = await daemon.docker("volume", "prune", "-af");
  assert.doesNotMatch(pruned.stdout, /ram/, "what is mounted from elsewhere is not the engine's to prune");
});
