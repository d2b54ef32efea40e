import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { existsSync, writeFileSync } from "node:fs";
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

// What stays on one bridge is seen by the rules for IP only where br_netfilter is loaded, as dockerd does; Debian does not.
test("on one network, without br_netfilter: no foreign addresses, and apart where its containers are to be", async (t) => {
  const setting = "/proc/sys/net/bridge/bridge-nf-call-iptables";
  if (existsSync(setting)) {
    writeFileSync(setting, "0");
    t.after(() => writeFileSync(setting, "1"));
  }
  await alice.create({ name: "apart", options: { "com.docker.network.bridge.enable_icc": "false" } });
  const one = await run(alice, "one", "apart");
  const two = await run(alice, "two", "apart");
  using _server = await tcpEcho(two, 80);
  assert.equal(await talk(undefined, two.endpoint.ipv4, 80), two.endpoint.gateway, "the host itself may");
  assert.equal(await talk(one, two.endpoint.ipv4, 80), "unreachable");
  assert.equal(await talk(web, api.endpoint.ipv4, 80), web.endpoint.ipv4);

  const { Links } = await import("../../../server/engine/network/netlink/links.ts");
  const { udpSocket } = await import("../../../server/engine/network/netlink/netns-sockets.ts");
  using inside = new Links(web.netns);
  inside.addAddress(inside.index("eth0") ?? 0, "9.9.9.9", 32);
  const receiver = createSocket("udp4");
  receiver.bind({ fd: udpSocket(api.netns, "0.0.0.0", 5353) });
  const heard: string[] = [];
  const last = new Promise<void>((resolve) => {
    receiver.on("message", (message, from) => {
      heard.push(from.address);
      if (message.toString() === "last") resolve();
    });
  });
  for (const [address, text] of [
    ["9.9.9.9", "forged"],
    [web.endpoint.ipv4, "last"],
  ] as const) {
    const sender = createSocket("udp4");
    sender.bind({ fd: udpSocket(web.netns, address, 0) });
    await new Promise((resolve) => sender.send(text, 5353, api.endpoint.ipv4, resolve));
    sender.close();
  }
  await last;
  receiver.close();
  assert.deepEqual(heard, [web.endpoint.ipv4]);
});
