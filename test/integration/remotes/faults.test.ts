import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test, type TestContext } from "node:test";
import { memoryMachine } from "../../fakes/transfer.ts";
import { startFaultyProxy } from "./faulty-proxy.ts";
import { startRegistry, whyNoRegistry } from "./registry.ts";

const skip = whyNoRegistry() ?? false;

/** A registry that has an image with one layer of 4 MB, behind a proxy; and a machine that has nothing. */
async function setUp(t: TestContext, timing: { idleTimeoutMs?: number } = {}) {
  const registry = await startRegistry();
  t.after(() => registry.stop());
  const proxy = await startFaultyProxy(registry.host);
  t.after(() => proxy.stop());
  const [source, machine] = [memoryMachine(), memoryMachine({}, timing)];
  t.after(() => [source, machine].forEach(({ client }) => client.close()));
  const { images, transfer } = source.tenant("t-source");
  // Not to be taken for compressed.
  const content = Buffer.concat([Buffer.from("content"), randomBytes(4 << 20)]);
  await source.image(images, `${registry.host}/app`, [content]);
  await transfer.push(`${registry.host}/app`);
  return { proxy, source, machine, content, name: `${proxy.host}/app`, ...machine.tenant("t-one") };
}

test("a blob that drops at 90 % is taken up again where it was", { skip }, async (t) => {
  const { proxy, machine, content, name, transfer } = await setUp(t);
  proxy.next = "drop";
  await transfer.pull(name);
  assert.deepEqual([...machine.layers.tars.values()], [content]);
  const [range, ...more] = proxy.ranges.filter((value) => value !== undefined);
  assert.match(range ?? "", /^bytes=3\d{6}-$/);
  assert.deepEqual(more, []);
});

test("a lying registry is refused in words, leaves nothing, and can be asked again", { skip }, async (t) => {
  const { proxy, machine, content, name, images, transfer } = await setUp(t);
  proxy.next = "lie";
  await assert.rejects(transfer.pull(name), {
    name: "DataLoss",
    message: /^filesystem layer verification failed for digest sha256:\w+$/,
  });
  assert.deepEqual(images.list(), []);
  assert.equal(machine.layers.applied, 0);
  assert.equal(machine.leases.held.size, 0);
  await transfer.pull(name);
  assert.deepEqual([...machine.layers.tars.values()], [content]);
});

test("a pull that stalls can be cancelled, leaves nothing, and can be repeated", { skip }, async (t) => {
  const { proxy, machine, content, name, images, transfer } = await setUp(t);
  proxy.next = "stall";
  const stop = new AbortController();
  const pull = transfer.pull(name, { signal: stop.signal });
  await proxy.stalled;
  stop.abort();
  await assert.rejects(pull, { name: "Cancelled" });
  assert.deepEqual(images.list(), []);
  assert.equal(machine.layers.applied, 0);
  assert.equal(machine.leases.held.size, 0);
  await transfer.pull(name);
  assert.deepEqual([...machine.layers.tars.values()], [content]);
});

test("a registry that stalls is given up after a while, told of, and asked again for the rest", { skip }, async (t) => {
  const { proxy, machine, content, name, transfer } = await setUp(t, { idleTimeoutMs: 300 });
  proxy.next = "stall";
  const told: string[] = [];
  await transfer.pull(name, { onProgress: ({ status }) => void told.push(status) });
  assert.deepEqual([...machine.layers.tars.values()], [content]);
  assert.ok(told.includes("Retrying in 1 second"), told.join("\n"));
  assert.match(proxy.ranges.filter((range) => range !== undefined)[0] ?? "", /^bytes=[1-9]\d*-$/);
});

test("a blob that is damaged on disk is found by its digest, told of, and pulled again", { skip }, async (t) => {
  const { source, machine, content, name, transfer } = await setUp(t);
  const layer = [...source.content.blobs].find(([, bytes]) => bytes.length > 1 << 20);
  assert.ok(layer !== undefined);
  const [digest, bytes] = layer;
  machine.content.blobs.set(digest, Buffer.alloc(bytes.length, "rot"));
  const told: string[] = [];
  await transfer.pull(name, { onProgress: ({ id, status }) => void told.push(`${id}: ${status}`) });
  assert.deepEqual([...machine.layers.tars.values()], [content]);
  assert.ok(told.includes(`${digest.slice(7, 19)}: Damaged on disk, pulling it again`), told.join("\n"));
  assert.deepEqual(machine.content.blobs.get(digest), bytes);
  assert.equal(machine.leases.held.size, 0);
});

test("many layers go up at once where the registry asks for a password", { skip }, async (t) => {
  const registry = await startRegistry("auth: {htpasswd: {realm: test, path: @directory@/htpasswd}}");
  t.after(() => registry.stop());
  const machine = memoryMachine();
  t.after(() => machine.client.close());
  const { images, transfer } = machine.tenant("t-one");
  const auth = { username: "user", password: "secret" };
  const names = ["one", "two", "three"].map((repository) => `${registry.host}/${repository}`);
  for (const name of names) {
    await machine.image(
      images,
      name,
      Array.from({ length: 5 }, (_, index) => Buffer.from(`${name} ${index}`.repeat(1000))),
    );
  }
  const pushed = await Promise.all(names.map((name) => transfer.push(name, { auth })));
  for (const [index, name] of names.entries()) {
    const pulled = await transfer.pull(`${name}@${pushed[index]?.digest}`, { auth });
    assert.equal(pulled.layers.length, 5);
  }
});
