import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { closeSync } from "node:fs";
import { after, test } from "node:test";
import { createServer, Socket } from "node:net";
import { rcodes, recordTypes } from "../../../server/engine/network/dns/codec.ts";
import { DnsServer } from "../../../server/engine/network/dns/dns-server.ts";
import { Forwarder } from "../../../server/engine/network/dns/forwarder.ts";
import { tcpConnection, tcpSocket, udpSocket } from "../../../server/engine/network/netlink/netns-sockets.ts";
import { datagram, Machine, options, outsideDns, resolve, talk, type TestNetns, tenant } from "./fixture.ts";

const machine = await Machine.create();
after(() => machine.close());
const host = await machine.engine();
const service = host.service(tenant("alice"));
const other = host.service(tenant("bob"));
const app = await service.create({ name: "app" });
const side = await service.create({ name: "side" });
const bridge = service.get("bridge");
const dns = outsideDns(machine);
after(() => dns[Symbol.dispose]());

async function run(id: string, names: string[], user = true) {
  const container = await machine.container({ user });
  await service.sandboxes.open(options(id, container, names));
  return container;
}

const web = await run("c-web", ["web", "0123456789ab"]);
const db = await run("c-db", ["db"]);
const loner = await run("c-loner", ["loner"]);
await service.sandboxes.connect("c-web", app.id, { aliases: ["www"], links: { database: "db" } });
const dbEndpoint = await service.sandboxes.connect("c-db", app.id, { aliases: ["store"] });
await service.sandboxes.connect("c-loner", bridge.id);

test("containers on one user-defined network find each other by name, alias, link and id", async () => {
  for (const name of ["db", "store", "database", "DB.app", "store.app"]) {
    assert.deepEqual(await resolve(web, name), [dbEndpoint.ipv4], name);
  }
  assert.deepEqual(await resolve(db, "0123456789ab"), ["172.18.0.2"]);
  assert.deepEqual(await resolve(db, "db", recordTypes.AAAA), []);
  assert.equal(await resolve(db, "database"), rcodes.NXDOMAIN, "links are their owner's alone");
});

test("the default bridge has no names, other networks and other tenants have theirs", async () => {
  assert.equal(await resolve(loner, "web"), rcodes.NXDOMAIN);
  const bobNetwork = await other.create({ name: "app" });
  const bobs = await machine.container({ user: true });
  await other.sandboxes.open(options("bobs", bobs));
  await other.sandboxes.connect("bobs", bobNetwork.id);
  assert.equal(await resolve(bobs, "db"), rcodes.NXDOMAIN);
});

test("everything else is asked of the host's resolver, from every network", async () => {
  for (const container of [web, loner]) {
    assert.deepEqual(await resolve(container, "deb.example"), ["198.51.100.7"]);
    assert.equal(await resolve(container, "nowhere.example"), rcodes.NXDOMAIN);
  }
  assert.ok(!dns.asked.includes("store"), "names of containers are not told outside");
});

test("a server of the user's choice is asked from inside the container", async () => {
  const container = await machine.container({ user: true });
  await service.sandboxes.open(options("c-own", container, ["own"], ["203.0.113.1"]));
  assert.equal(await resolve(container, "deb.example"), rcodes.SERVFAIL, "no network yet: no way there");
  await service.sandboxes.connect("c-own", app.id);
  assert.deepEqual(await resolve(container, "deb.example"), ["198.51.100.7"]);
  await service.sandboxes.close("c-own");
});

test("a sandbox with a network stack of its own asks at its gateway, and nobody else does", async () => {
  const container = await machine.container({ user: true });
  await service.sandboxes.open({ ...options("c-stack", container, ["stack"]), ownStack: true });
  assert.equal(service.sandboxes.resolver("c-stack"), undefined, "no gateway yet");
  const { gateway } = await service.sandboxes.connect("c-stack", app.id, { links: { mine: "db" } });
  assert.equal(service.sandboxes.resolver("c-stack"), gateway);
  const ask = (where: TestNetns, name: string) => resolve(where, name, recordTypes.A, gateway);
  for (const name of ["db", "mine"]) assert.deepEqual(await ask(container, name), [dbEndpoint.ipv4], name);
  assert.deepEqual(await ask(container, "deb.example"), ["198.51.100.7"]);
  assert.equal(await resolve(container, "db"), -1, "nobody is inside");
  const stream = new Socket({ fd: tcpConnection(container.netns, gateway, 53) });
  stream.write(Buffer.from("0018000501000001000000000000026462036170700000010001", "hex"));
  const answer = await new Promise<Buffer>((done) => stream.once("data", done));
  assert.equal(answer.subarray(-4).join("."), dbEndpoint.ipv4);
  stream.destroy();
  // Its neighbour is led to no server there, and its own server is closed to all that come by another way.
  assert.equal(await ask(web, "db"), -1);
  const port = host.gatewayResolvers.list()[0]?.port ?? 0;
  assert.notEqual(port, 0);
  assert.equal(await datagram(web, gateway, port, "x"), undefined);
  assert.equal(await talk(web, gateway, port), "unreachable");

  const { gateway: second } = await service.sandboxes.connect("c-stack", side.id);
  await service.sandboxes.disconnect("c-stack", app.id);
  assert.equal(service.sandboxes.resolver("c-stack"), second);
  assert.equal(await ask(container, "db"), -1);
  await service.sandboxes.close("c-stack");
  assert.deepEqual(host.gatewayResolvers.list(), []);
});

test("rename, connect and disconnect show at once; one name may be on two networks", async () => {
  service.sandboxes.rename("c-db", ["database2"]);
  assert.equal(await resolve(web, "db"), rcodes.NXDOMAIN);
  assert.deepEqual(await resolve(web, "database2"), [dbEndpoint.ipv4]);
  await service.sandboxes.connect("c-loner", side.id);
  assert.equal(await resolve(web, "loner"), rcodes.NXDOMAIN);
  const second = await service.sandboxes.connect("c-web", side.id);
  assert.equal(second.interface, "eth1");
  assert.deepEqual(await resolve(loner, "web"), [second.ipv4]);
  await service.sandboxes.disconnect("c-web", side.id);
  assert.equal(await resolve(loner, "web"), rcodes.NXDOMAIN);
  service.sandboxes.rename("c-db", ["db"]);
});

test("TCP works like UDP, also in pieces", async () => {
  const socket = new Socket({ fd: tcpConnection(web.netns, "127.0.0.11", 53) });
  const query = Buffer.from("0018000501000001000000000000026462036170700000010001", "hex");
  query.writeUInt16BE(query.length - 2);
  let received = Buffer.alloc(0);
  const answered = new Promise<void>((done) => {
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= query.length + 16) {
        done();
      }
    });
  });
  for (const byte of query) {
    socket.write(Uint8Array.of(byte));
  }
  await answered;
  assert.equal(received.subarray(-4).join("."), dbEndpoint.ipv4);
  socket.destroy();
});

test("hostile packets: silence or an error, and the next honest query is answered", async () => {
  const junk = [
    Buffer.alloc(0),
    Buffer.from([1]),
    randomBytes(12),
    randomBytes(600),
    randomBytes(9000),
    Buffer.from(`${"00".repeat(5)}01${"00".repeat(6)}c00c00010001`, "hex"),
    Buffer.concat([Buffer.from("000128000001000000000000", "hex"), randomBytes(20)]),
  ];
  await Promise.all(junk.map((packet) => datagram(db, "127.0.0.11", 53, packet)));
  for (const packet of junk) {
    const socket = new Socket({ fd: tcpConnection(db.netns, "127.0.0.11", 53) });
    socket.on("error", () => undefined);
    socket.end(packet);
  }
  assert.deepEqual(await resolve(db, "web"), ["172.18.0.2"]);
});

test("a flood is cut off and the server is back afterwards, for others all the while", async () => {
  const flood = createSocket("udp4");
  flood.bind({ fd: udpSocket(db.netns, "0.0.0.0", 0) });
  for (let round = 0; round < 40; round++) {
    for (let count = 0; count < 100; count++) {
      flood.send(randomBytes(30), 53, "127.0.0.11");
    }
    await new Promise((next) => setTimeout(next, 5));
  }
  flood.close();
  assert.equal(await resolve(db, "web"), -1, "the server is away");
  assert.deepEqual(await resolve(web, "db"), [dbEndpoint.ipv4]);
  let back: string[] | number = -1;
  for (let tries = 0; tries < 10 && typeof back === "number"; tries++) {
    back = await resolve(db, "web");
  }
  assert.deepEqual(back, ["172.18.0.2"]);
});

function ip(container: TestNetns, words: string): void {
  const result = spawnSync("nsenter", ["-t", String(container.pid), "-n", "ip", ...words.split(" ")]);
  assert.equal(result.status, 0, String(result.stderr));
}

/** A resolver that a flood has just sent away for its second; `tcp` is its port, free until then. */
async function flooded(container: TestNetns, warnings: string[]): Promise<{ tcp: number; close: () => void }> {
  const server = new DnsServer({
    answer: () => undefined,
    upstreams: () => [],
    forwarder: new Forwarder(),
    warn: (message) => warnings.push(message),
  });
  ip(container, "link set lo up");
  await server.listen({ netns: container.netns, address: "127.0.0.11", port: 53 });
  const flood = createSocket("udp4");
  flood.bind({ fd: udpSocket(container.netns, "0.0.0.0", 0) });
  try {
    for (;;) {
      for (let count = 0; count < 500; count++) flood.send(randomBytes(30), 53, "127.0.0.11");
      await new Promise((next) => setTimeout(next, 5));
      try {
        return { tcp: tcpSocket(container.netns, "127.0.0.11", 53), close: () => server.close() };
      } catch (error) {
        assert.match(String(error), /EADDRINUSE/);
      }
    }
  } finally {
    flood.close();
  }
}

test("what keeps the server from coming back is told, unless the container has taken its port", async () => {
  const warnings: string[] = [];
  const theirs = createServer();
  const taken = await flooded(await machine.container(), warnings);
  await new Promise<void>((listening) => theirs.listen({ fd: taken.tcp }, listening));
  const container = await machine.container();
  const broken = await flooded(container, warnings);
  closeSync(broken.tcp);
  ip(container, "address del 127.0.0.1/8 dev lo");
  for (let tries = 0; tries < 200 && warnings.length === 0; tries++) {
    await new Promise((next) => setTimeout(next, 50));
  }
  assert.equal(warnings.length, 1, warnings.join());
  assert.match(warnings[0] ?? "", /127\.0\.0\.11.*EADDRNOTAVAIL/);
  for (const server of [taken, broken, theirs]) server.close();
});
