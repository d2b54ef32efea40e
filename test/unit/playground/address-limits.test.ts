import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { AddressLimits, addressOf } from "../../../server/playground/http/address-limits.ts";
import { Rates } from "../../../server/playground/http/rates.ts";

async function guarded(limits: AddressLimits): Promise<{ server: Server; port: number }> {
  const server = createServer((_, response) => response.end("hello"));
  server.on("upgrade", (_, socket) =>
    socket.on("error", () => socket.destroy()).end("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
  );
  limits.guard(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

async function open(port: number, from: string): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  await once(socket, "connect");
  return socket;
}

function ask(socket: Socket, header = ""): Promise<string> {
  socket.write(`GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${header}\r\n`);
  return text(socket);
}

const upgrade = "connection: upgrade\r\nupgrade: websocket\r\n";

test("an address has so many connections at once, others theirs, and those that are closed are free again", async () => {
  const { server, port } = await guarded(new AddressLimits(3, false));
  const held = [await open(port, "127.0.0.1"), await open(port, "127.0.0.1"), await open(port, "127.0.0.1")];
  const refused = await text(await open(port, "127.0.0.1"));
  assert.match(
    refused,
    /^HTTP\/1.1 429 Too Many Requests\r\n[^]*\r\n\r\nToo much comes from your address.*CONNECTIONS_PER_ADDRESS/,
  );
  assert.match(await ask(await open(port, "127.0.0.2")), /^HTTP\/1.1 200 /);
  held[0]?.destroy();
  while (!(await ask(await open(port, "127.0.0.1"))).startsWith("HTTP/1.1 200 "));
  for (const socket of held) socket.destroy();
  server.close();
});

test("an address has so many requests, sockets among them, and others theirs", async () => {
  const { server, port } = await guarded(new AddressLimits(4, false));
  const answers: string[] = [];
  for (let count = 0; count < 60; count++) answers.push((await ask(await open(port, "127.0.0.1"))).slice(9, 12));
  assert.ok(answers.includes("200") && answers.includes("429"), answers.join());
  assert.equal(answers[0], "200");
  const sockets: string[] = [];
  for (let count = 0; count < 60; count++)
    sockets.push((await ask(await open(port, "127.0.0.3"), upgrade)).slice(9, 12));
  assert.ok(sockets.includes("101") && sockets.includes("429"), sockets.join());
  assert.match(await ask(await open(port, "127.0.0.2")), /^HTTP\/1.1 200 /);
  server.close();
});

test("0 is no limit; behind a proxy, which has all connections, who it is for has so many requests", async () => {
  const free = await guarded(new AddressLimits(0, false));
  assert.equal(free.server.listenerCount("connection"), createServer().listenerCount("connection"));
  free.server.close();
  const { server, port } = await guarded(new AddressLimits(1, true));
  const ada = "x-forwarded-for: 127.9.9.9, 203.0.113.7\r\n";
  const held = [await open(port, "127.0.0.1"), await open(port, "127.0.0.1")];
  const answers: string[] = [];
  for (let count = 0; count < 30; count++) answers.push((await ask(await open(port, "127.0.0.1"), ada)).slice(9, 12));
  assert.ok(answers.includes("200") && answers.includes("429"), answers.join());
  const bob = "x-forwarded-for: 203.0.113.7, 203.0.113.8\r\n";
  assert.match(await ask(await open(port, "127.0.0.1"), bob), /^HTTP\/1.1 200 /);
  for (const socket of held) socket.destroy();
  server.close();
});

test("an address is the sender's, an IPv6 network is one visitor", () => {
  const of = (remoteAddress: string) => addressOf({ headers: {}, socket: { remoteAddress } } as IncomingMessage, false);
  assert.equal(of("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assert.equal(of("2001:db8:1:2::7"), of("2001:db8:1:2:3:4:5:6"));
  assert.notEqual(of("2001:db8:1:3::7"), of("2001:db8:1:2::7"));
  assert.equal(of("2001:db8::7"), "2001:db8:0:0::/64");
  assert.equal(of("::1"), "0:0:0:0::/64");
});

test("names are forgotten whose bucket is full again", () => {
  let now = 0;
  const rates = new Rates({ burst: 2, perSecond: 1 }, () => now);
  for (let name = 0; name < 1024; name++) rates.take(String(name));
  assert.ok(rates.take("busy") && rates.take("busy") && !rates.take("busy"));
  now = 1500;
  rates.take("busy");
  for (let name = 0; name < 5000; name++) rates.take(`later ${name}`);
  assert.ok(rates.size < 5100, String(rates.size));
  assert.equal(rates.take("busy"), false);
});

test("who is refused an upgrade and resets its connection ends nothing but that", async () => {
  const { server, port } = await guarded(new AddressLimits(1, false));
  for (let count = 0; count < 20; count++) {
    const socket = await open(port, "127.0.0.1");
    socket.write(`GET / HTTP/1.1\r\nhost: a\r\n${upgrade}\r\n`);
    socket.resetAndDestroy();
    await once(socket, "close");
  }
  assert.match(await ask(await open(port, "127.0.0.2")), /^HTTP\/1.1 200 /);
  server.close();
});
