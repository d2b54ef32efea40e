import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isEngineError } from "#engine/errdefs/errors.ts";
import { decode, encode, type Schema } from "#engine/runtime/link/protobuf.ts";
import { encodeFrame, FrameReader } from "#engine/runtime/link/ttrpc.ts";
import { TtrpcClient, TtrpcError } from "#engine/runtime/link/ttrpc-client.ts";
import { TtrpcServer } from "#engine/runtime/link/ttrpc-server.ts";

const inner = { seconds: [1, "int64"], nanos: [2, "uint32"] } as const satisfies Schema;
const schema = {
  id: [1, "string"],
  blob: [2, "bytes"],
  flag: [3, "bool"],
  count: [4, "uint32"],
  at: [5, inner],
  list: [16, [inner]],
} as const satisfies Schema;

test("messages survive the wire, and are protobuf's own bytes", () => {
  const message = {
    id: "é",
    blob: Buffer.from([0, 255]),
    flag: true,
    count: 300,
    at: { seconds: -1, nanos: 5 },
    list: [{ seconds: 2 ** 40 }, {}],
  };
  const back = decode(schema, encode(schema, message));
  assert.equal(back.id, "é");
  assert.deepEqual(back.at, { seconds: -1, nanos: 5 });
  assert.deepEqual(back.list, [
    { seconds: 2 ** 40, nanos: 0 },
    { seconds: 0, nanos: 0 },
  ]);
  // protobuf.dev, Encoding: "150 in field 1" and "testing in field 2"
  assert.equal(encode({ a: [1, "uint32"] } as const, { a: 150 }).toString("hex"), "089601");
  assert.equal(encode({ b: [2, "string"] } as const, { b: "testing" }).toString("hex"), "120774657374696e67");
  assert.deepEqual(decode(schema, Buffer.alloc(0)).id, "");
});

test("unknown fields are skipped, cut off messages refused", () => {
  const known = encode({ z: [9, "string"], id: [1, "string"] } as const, { z: "later", id: "x" });
  assert.equal(decode(schema, known).id, "x");
  const damaged = (error: unknown) => isEngineError(error, "data_loss");
  assert.throws(() => decode(schema, known.subarray(0, 4)), damaged);
  assert.throws(() => decode(schema, Buffer.from([0x08])), damaged);
  assert.throws(() => decode(schema, Buffer.alloc(20, 0xff)), damaged);
});

test("frames are found however the bytes arrive; a huge one is refused", () => {
  const frames = [1, 3].map((stream) => ({ stream, type: 2, data: Buffer.from(`frame ${stream}`) }));
  const bytes = Buffer.concat(frames.map(encodeFrame));
  const reader = new FrameReader();
  const found = [...bytes].flatMap((byte) => reader.push(Buffer.from([byte])));
  assert.deepEqual(found, frames);
  const huge = Buffer.alloc(10);
  huge.writeUInt32BE(5 << 20, 0);
  assert.throws(
    () => new FrameReader().push(huge),
    (error) => isEngineError(error, "data_loss"),
  );
});

test("calls and refusals between our client and server", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "drydock-ttrpc-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, "socket");
  const one = { id: [1, "string"] } as const satisfies Schema;
  const server = new TtrpcServer((service, method, payload) => {
    if (method === "Refuse") throw new Error("no");
    return encode(one, { id: `${service}.${method}(${decode(one, payload).id})` });
  });
  await server.listen(path);
  const client = await TtrpcClient.connect(path);
  const schemas = { request: one, response: one };
  const answers = await Promise.all(["a", "b"].map((id) => client.call("S", "M", schemas, { id })));
  assert.deepEqual(
    answers.map(({ id }) => id),
    ["S.M(a)", "S.M(b)"],
  );
  await assert.rejects(client.call("S", "Refuse", schemas, {}), TtrpcError);
  await server.close();
  await assert.rejects(client.call("S", "M", schemas, {}), (error) => isEngineError(error, "unavailable"));
  await assert.rejects(TtrpcClient.connect(path), (error) => isEngineError(error, "unavailable"));
});
