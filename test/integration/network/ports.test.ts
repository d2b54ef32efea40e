import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, test } from "node:test";
import { listeningPorts } from "../../../server/engine/network/listening.ts";
import type { PortBinding } from "../../../server/engine/network/network-service.ts";
import { datagram, hostAddress, Machine, options, talk, tcpEcho, tenant, udpEcho } from "./fixture.ts";

const machine = await Machine.create();
after(() => machine.close());
const host = await machine.engine();
const service = host.service(tenant("alice"));
const other = host.service(tenant("bob"));
const app = await service.create({ name: "app" });

const web = await machine.container({ user: true });
const client = await machine.container({ user: true });
const stranger = await machine.container({ user: true });
await service.sandboxes.open(options("web", web));
await service.sandboxes.open(options("client", client));
await other.sandboxes.open(options("stranger", stranger));
const webEndpoint = await service.sandboxes.connect("web", app.id);
await service.sandboxes.connect("client", app.id);
await other.sandboxes.connect("stranger", other.get("bridge").id);
const tcp = await tcpEcho(web, 80);
const udp = udpEcho(web, 53_000);
after(() => {
  tcp[Symbol.dispose]();
  udp[Symbol.dispose]();
});

const binding = (hostPort: number, changes: Partial<PortBinding> = {}): PortBinding => ({
  protocol: "tcp",
  containerPort: 80,
  hostAddress: "0.0.0.0",
  hostPort,
  ...changes,
});

test("a published port answers from everywhere that should reach it", async () => {
  await service.sandboxes.publish("web", [binding(8080), binding(5300, { protocol: "udp", containerPort: 53_000 })]);
  assert.equal(await talk(machine.outside, hostAddress, 8080), "203.0.113.1", "outside, with its own address");
  assert.equal(await talk(undefined, "127.0.0.1", 8080), webEndpoint.gateway, "localhost");
  assert.notEqual(await talk(undefined, hostAddress, 8080), "unreachable", "the host by its own address");
  assert.notEqual(await talk(client, hostAddress, 8080), "unreachable", "a neighbour");
  assert.notEqual(await talk(stranger, hostAddress, 8080), "unreachable", "another tenant, as any stranger");
  assert.notEqual(await talk(web, hostAddress, 8080), "unreachable", "the container itself");
  assert.equal((await datagram(machine.outside, hostAddress, 5300))?.toString(), "203.0.113.1");
  assert.notEqual(await datagram(undefined, "127.0.0.1", 5300), undefined);
});

test("a port bound to 127.0.0.1 is the host's own", async () => {
  await service.sandboxes.publish("web", [binding(8081, { hostAddress: "127.0.0.1" })]);
  assert.notEqual(await talk(undefined, "127.0.0.1", 8081), "unreachable");
  assert.equal(await talk(machine.outside, hostAddress, 8081), "unreachable");
  assert.equal(await talk(client, hostAddress, 8081), "unreachable");
});

test("a taken port is told in Docker's words, and nothing of the request stays", async () => {
  await assert.rejects(
    service.sandboxes.publish("client", [binding(9090), binding(8080)]),
    /^Unknown: driver failed programming external connectivity on endpoint client \([0-9a-f]{64}\): Bind for 0\.0\.0\.0:8080 failed: port is already allocated$/,
  );
  await assert.rejects(
    other.sandboxes.publish("stranger", [binding(8081)]),
    /tcp4 0\.0\.0\.0:8081: bind: address already in use/,
  );
  const server = createServer();
  server.listen(9090, "0.0.0.0");
  await once(server, "listening");
  await assert.rejects(
    service.sandboxes.publish("client", [binding(9090)]),
    /tcp4 0\.0\.0\.0:9090: bind: address already/,
  );
  server.close();
  await once(server, "close");
  assert.equal((await service.sandboxes.publish("client", [binding(9090)]))[0]?.hostPort, 9090);
});

test("without a host address a port is published over IPv6 too, and passed on to a container that has only IPv4", async () => {
  const chosen = await service.sandboxes.publish("web", [
    binding(8083, { hostAddress: "" }),
    binding(5301, { hostAddress: "", protocol: "udp", containerPort: 53_000 }),
  ]);
  assert.deepEqual(
    chosen.map(({ hostAddress: address, hostPort }) => `${address} ${hostPort}`),
    ["0.0.0.0 8083", "0.0.0.0 5301", ":: 8083", ":: 5301"],
  );
  assert.equal(await talk(undefined, "::1", 8083), webEndpoint.gateway);
  assert.notEqual(await talk(undefined, "127.0.0.1", 8083), "unreachable");
  assert.equal((await datagram(undefined, "::1", 5301))?.toString(), webEndpoint.gateway);
  await assert.rejects(
    service.sandboxes.publish("client", [binding(8083, { hostAddress: "::" })]),
    /Bind for :::8083 failed: port is already allocated/,
  );
});

test("bad requests are refused", async () => {
  for (const bad of [binding(70_000), binding(80, { containerPort: 0 }), binding(80, { hostAddress: "::x" })]) {
    await assert.rejects(service.sandboxes.publish("client", [bad]), { name: "InvalidArgument" });
  }
  await assert.rejects(service.sandboxes.publish("client", [binding(80, { hostAddress: "198.51.100.1" })]));
});

test("port 0 is a free one from the ephemeral range, another each time", async () => {
  const chosen = await service.sandboxes.publish("web", [binding(0), binding(0)]);
  const [first, second] = chosen.map(({ hostPort }) => hostPort);
  assert.ok(first !== undefined && second !== undefined && first !== second);
  assert.ok(first >= 32_768 && first <= 60_999);
  assert.notEqual(await talk(undefined, "127.0.0.1", second), "unreachable");
});

test("published ports follow the container to another network", async () => {
  const next = await service.create({ name: "next" });
  await service.sandboxes.connect("web", next.id);
  await service.sandboxes.disconnect("web", app.id);
  assert.equal(await talk(machine.outside, hostAddress, 8080), "203.0.113.1");
});

test("the host reaches a container of two networks by either gateway's address", async () => {
  const both = await machine.container({ user: true });
  const second = await service.create({ name: "second" });
  await service.sandboxes.open(options("both", both));
  const endpoints = [
    await service.sandboxes.connect("both", app.id),
    await service.sandboxes.connect("both", second.id),
  ];
  using _echo = await tcpEcho(both, 80);
  await service.sandboxes.publish("both", [binding(8090)]);
  for (const { gateway } of endpoints) {
    assert.notEqual(await talk(undefined, gateway, 8090), "unreachable", gateway);
  }
  await service.sandboxes.close("both");
  await service.remove("second");
});

test("what a container listens on is seen without entering it", async () => {
  const { tcpSocket } = await import("../../../server/engine/network/netlink/netns-sockets.ts");
  const local = createServer();
  local.listen({ fd: tcpSocket(web.netns, "127.0.0.1", 81) });
  await once(local, "listening");
  assert.deepEqual(await listeningPorts(web.pid), [
    { protocol: "tcp", port: 80 },
    { protocol: "tcp", port: 81, loopback: "127.0.0.1" },
    { protocol: "udp", port: 53_000 },
  ]);
  local.close();
  await assert.rejects(listeningPorts(2 ** 22 + 1), { name: "NotFound" });
});

test("closing gives the ports back at once", async () => {
  await service.sandboxes.close("web");
  assert.equal(await talk(undefined, "127.0.0.1", 8080), "unreachable");
  assert.equal((await service.sandboxes.publish("client", [binding(8080)]))[0]?.hostPort, 8080);
  await service.sandboxes.close("web");
});
