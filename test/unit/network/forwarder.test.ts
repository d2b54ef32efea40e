import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, test } from "node:test";
import {
  encodeQuery,
  encodeResponse,
  parseQuery,
  rcodes,
  recordTypes,
} from "../../../server/engine/network/dns/codec.ts";
import { Forwarder, framed } from "../../../server/engine/network/dns/forwarder.ts";

const bytes = encodeQuery(7, "big.example", recordTypes.A);
const query = parseQuery(bytes);
assert.ok(query !== undefined);
const truncated = 0x02; // RFC 1035, 4.1.1, TC: in the third byte

/** A server that cuts its answers over UDP, and gives all of them over TCP, on one port. */
const udp = createSocket("udp4");
udp.bind(0, "127.0.0.1");
await once(udp, "listening");
const { port } = udp.address();
udp.on("message", (message, from) => {
  const asked = parseQuery(message);
  if (asked === undefined) return;
  const answer = Buffer.from(encodeResponse(asked, rcodes.NOERROR));
  answer[2] = (answer[2] ?? 0) | truncated;
  udp.send(answer, from.port, from.address);
});
const tcp = createServer((connection) => {
  connection.on("data", (chunk: Buffer) => {
    const asked = parseQuery(chunk.subarray(2));
    if (asked !== undefined) connection.end(framed(encodeResponse(asked, rcodes.NXDOMAIN)));
  });
  connection.on("error", () => undefined);
});
tcp.listen(port, "127.0.0.1");
await once(tcp, "listening");
/** one that never answers */
const silent = createSocket("udp4");
silent.bind(0, "127.0.0.1");
await once(silent, "listening");
after(() => {
  udp.close();
  tcp.close();
  silent.close();
});

const alive = { address: "127.0.0.1", port };
const dead = { address: "127.0.0.1", port: silent.address().port };

test("a cut answer is passed on as it is, and all of it over TCP, for the client to ask", async () => {
  const forwarder = new Forwarder({ timeout: 2_000 });
  const short = await forwarder.ask(query, "udp", [alive]);
  assert.equal((short?.[2] ?? 0) & truncated, truncated);
  assert.deepEqual([short?.[0], short?.[1]], [0, 7], "with the client's own id");
  const whole = await forwarder.ask(query, "tcp", [alive]);
  assert.equal((whole?.[2] ?? 0) & truncated, 0);
  assert.equal((whole?.[3] ?? 0) & 15, rcodes.NXDOMAIN);
});

test("a server that is dead is passed over; when all are, there is no answer", async () => {
  const forwarder = new Forwarder({ timeout: 100 });
  assert.ok((await forwarder.ask(query, "udp", [dead, alive])) !== undefined);
  assert.equal(await forwarder.ask(query, "udp", [dead]), undefined);
  assert.equal(await forwarder.ask(query, "tcp", [dead]), undefined, "nobody listens there");
  assert.equal(await forwarder.ask(query, "udp", []), undefined);
});
