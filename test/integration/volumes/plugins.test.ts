import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Drydockd, whyNot } from "../../suites/drydockd.ts";

const skip = whyNot();
const daemon = new Drydockd({ standIns: ["busybox"] });
const driver = `drydock-test-${daemon.name}`;
const socket = `/run/docker/plugins/${driver}.sock`;
const asked: string[] = [];
const held = new Set(["theirs"]);
const overTcp = `${driver}-tcp`;
const spec = `/etc/docker/plugins/${overTcp}.json`;

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
      held.add(name);
      writeFileSync(join(path, "hello"), "from the plugin\n");
      return { Err: "" };
    case "VolumeDriver.List":
      return { Volumes: [...held].map((one) => ({ Name: one, Mountpoint: join(daemon.directory, "plugin", one) })) };
    case "VolumeDriver.Remove":
      held.delete(name);
      return {};
    case "VolumeDriver.Get":
      if (!held.has(name)) return { Err: "no such volume" };
      return { Volume: { Name: name, Mountpoint: path, Status: { tier: { name: "cold" } } } };
    case "VolumeDriver.Mount":
      return { Mountpoint: path };
    case "VolumeDriver.Capabilities":
      return { Capabilities: { Scope: "global" } };
    default:
      return { Err: "" };
  }
}

const tcp = createServer((request, response) => void plugin.emit("request", request, response));

before(async () => {
  if (skip !== undefined) return;
  mkdirSync("/run/docker/plugins", { recursive: true });
  rmSync(socket, { force: true });
  await new Promise<void>((resolve) => plugin.listen(socket, () => resolve()));
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  mkdirSync("/etc/docker/plugins", { recursive: true });
  const { port } = tcp.address() as AddressInfo;
  writeFileSync(spec, JSON.stringify({ Name: overTcp, Addr: `tcp://127.0.0.1:${port}` }));
  await daemon.start();
});
after(async () => {
  plugin.close();
  tcp.close();
  rmSync(spec, { force: true });
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

test("what a plugin holds already is listed, used and removed; a plugin may listen on TCP", { skip }, async () => {
  const listed = await daemon.docker("volume", "ls", "--format", "{{.Name}} {{.Driver}}");
  assert.match(listed.stdout, new RegExp(`^theirs ${driver}`, "m"));
  mkdirSync(join(daemon.directory, "plugin", "theirs"), { recursive: true });
  const used = await daemon.docker("run", "--rm", "-v", "theirs:/data", "busybox", "ls", "-a", "/data");
  assert.match(used.stdout, /\.\./, used.stderr);
  assert.equal((await daemon.docker("volume", "rm", "theirs")).status, 0);
  assert.ok(!held.has("theirs"));
  const far = await daemon.docker("volume", "create", "-d", overTcp, "far");
  assert.equal(far.stdout, "far\n", far.stderr);
  assert.ok(held.has("far"));
  const conflict = await daemon.docker("volume", "create", "-d", "local", "far");
  assert.match(conflict.stderr, /create far: driver '\S+' already has volume 'far': volume name must be unique/);
  assert.equal((await daemon.docker("volume", "rm", "far")).status, 0);
});

test("plugins are the operator's: for a guest there are none", { skip }, async () => {
  const guest = await daemon.tenant("guest", "class");
  const { status, stderr } = await guest.docker("volume", "create", "-d", driver, "mine");
  assert.equal(status, 1);
  assert.match(stderr, /not allowed here \(rule "volumePlugins"/);
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
