import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { after, test } from "node:test";
import { hostAddress, internet, Machine, options, talk, tcpEcho, tenant } from "./fixture.ts";

const machine = await Machine.create();
after(() => machine.close());
const host = await machine.engine();
const alice = host.service(tenant("alice"));
const bob = host.service(tenant("bob"));

async function run(service: typeof alice, id: string, network: string) {
  const container = await machine.container({ user: true });
  await service.sandboxes.open(options(id, container));
  const endpoint = await service.sandboxes.connect(id, service.get(network).id);
  return { ...container, endpoint };
}

await alice.create({ name: "front" });
await alice.create({ name: "back", internal: true });
await bob.create({ name: "front" });
const web = await run(alice, "web", "front");
const api = await run(alice, "api", "front");
const db = await run(alice, "db", "back");
const cache = await run(alice, "cache", "back");
const plain = await run(alice, "plain", "bridge");
const stranger = await run(bob, "stranger", "front");
const strangerPlain = await run(bob, "stranger2", "bridge");
const servers = await Promise.all(
  [machine.outside, web, api, db, cache, plain, stranger, strangerPlain].map((one) => tcpEcho(one, 80)),
);
after(() => servers.forEach((server) => server[Symbol.dispose]()));

test("containers on one network reach each other from their own addresses", async () => {
  assert.equal(await talk(web, api.endpoint.ipv4, 80), web.endpoint.ipv4);
  assert.equal(await talk(db, cache.endpoint.ipv4, 80), db.endpoint.ipv4);
});

test("the way out is masqueraded as the host; an internal network has none", async () => {
  assert.equal(await talk(web, internet, 80), hostAddress);
  assert.equal(await talk(plain, internet, 80), hostAddress);
  assert.equal(await talk(db, internet, 80), "unreachable");
});

test("networks are closed to each other, one's own and other tenants'", async () => {
  for (const [from, to] of [
    [web, db],
    [web, plain],
    [db, web],
    [web, stranger],
    [stranger, web],
    [plain, strangerPlain],
    [strangerPlain, db],
  ] as const) {
    assert.equal(await talk(from, to.endpoint.ipv4, 80), "unreachable", `${from.endpoint.ipv4} → ${to.endpoint.ipv4}`);
  }
});

test("nobody outside reaches a container that publishes nothing, even with a route to it", async () => {
  const { Links } = await import("../../../server/engine/network/netlink/links.ts");
  using far = new Links(machine.outside.netns);
  far.setDefaultRoute(hostAddress, far.index("eth0") ?? 0);
  assert.equal(await talk(machine.outside, web.endpoint.ipv4, 80), "unreachable");
  far.deleteDefaultRoute();
  assert.equal(await talk(undefined, web.endpoint.ipv4, 80), web.endpoint.gateway, "the host itself may");
});

test("the host's services are out of reach by every one of its addresses", async () => {
  const server = createServer((connection) => connection.end("secret"));
  server.listen(7070, "0.0.0.0");
  await once(server, "listening");
  assert.equal(await talk(undefined, hostAddress, 7070), "secret");
  for (const address of [web.endpoint.gateway, hostAddress, stranger.endpoint.gateway]) {
    assert.equal(await talk(web, address, 7070), "unreachable", address);
  }
  server.close();
});

test("an address of another network is no way round: spoofed packets are dropped", async () => {
  const { Links } = await import("../../../server/engine/network/netlink/links.ts");
  using inside = new Links(web.netns);
  const index = inside.index("eth0") ?? 0;
  // the stranger's address on the learner's own interface, as its root can do
  inside.addAddress(index, stranger.endpoint.ipv4, 32);
  const { tcpSocket } = await import("../../../server/engine/network/netlink/netns-sockets.ts");
  const { sockaddr, connect } = await import("../../../server/engine/network/netlink/libc.ts");
  const { Socket } = await import("node:net");
  const fd = tcpSocket(web.netns, stranger.endpoint.ipv4, 0);
  const target = sockaddr(internet, 80);
  connect(fd, target, target.length);
  const socket = new Socket({ fd });
  const result = await new Promise((resolve) => {
    socket.setTimeout(500, () => resolve("silence"));
    socket.on("data", () => resolve("answered"));
    socket.on("error", () => resolve("refused"));
  });
  socket.destroy();
  assert.equal(result, "silence");
});

test("cloud metadata addresses are out of reach", async () => {
  const { Links } = await import("../../../server/engine/network/netlink/links.ts");
  using far = new Links(machine.outside.netns);
  far.addAddress(far.index("eth0") ?? 0, "169.254.169.254", 32);
  assert.equal(await talk(undefined, "169.254.169.254", 80), hostAddress, "the host itself reaches it");
  assert.equal(await talk(web, "169.254.169.254", 80), "unreachable");
});
