import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addressOfPtr,
  answers,
  encodeName,
  encodeQuery,
  encodeResponse,
  parseQuery,
  rcodeOf,
  rcodes,
  recordTypes,
} from "../../../server/engine/network/dns/codec.ts";

test("a query is read: id, flags, name in lower case, type", () => {
  const query = parseQuery(encodeQuery(4711, "Web.Example.COM", recordTypes.AAAA));
  assert.equal(query?.id, 4711);
  assert.equal(query.opcode, 0);
  assert.equal(query.recursionDesired, true);
  assert.equal(query.question?.name, "web.example.com");
  assert.equal(query.question.type, recordTypes.AAAA);
});

test("a response repeats the question as it was asked and points its answers at it", () => {
  const bytes = encodeQuery(7, "wEb", recordTypes.A);
  const query = parseQuery(bytes);
  assert.ok(query);
  const response = encodeResponse(query, rcodes.NOERROR, [
    { type: recordTypes.A, ttl: 600, data: Uint8Array.of(172, 18, 0, 2) },
  ]);
  assert.ok(answers(response, query));
  assert.equal(rcodeOf(response), rcodes.NOERROR);
  assert.deepEqual([...response.subarray(12, bytes.length)], [...bytes.subarray(12)]);
  assert.deepEqual([...response.subarray(bytes.length)], [0xc0, 12, 0, 1, 0, 1, 0, 0, 2, 88, 0, 4, 172, 18, 0, 2]);
});

test("answers that do not fit are left out", () => {
  const query = parseQuery(encodeQuery(7, "many", recordTypes.A));
  assert.ok(query);
  const many = Array.from({ length: 100 }, () => ({ type: recordTypes.A, ttl: 1, data: Uint8Array.of(1, 2, 3, 4) }));
  const response = encodeResponse(query, rcodes.NOERROR, many);
  assert.ok(response.length <= 512);
  assert.equal(new DataView(response.buffer).getUint16(6), Math.floor((512 - 12 - 10) / 16));
});

test("a response under another id or to another question is no answer", () => {
  const query = parseQuery(encodeQuery(7, "a", recordTypes.A));
  const other = parseQuery(encodeQuery(7, "b", recordTypes.A));
  const late = parseQuery(encodeQuery(8, "a", recordTypes.A));
  assert.ok(query && other && late);
  assert.equal(answers(encodeResponse(other, 0), query), false);
  assert.equal(answers(encodeResponse(late, 0), query), false);
  assert.equal(answers(query.bytes, query), false);
  assert.equal(answers(new Uint8Array(3), query), false);
});

test("too short packets and responses are not answered; unreadable questions have none", () => {
  const good = encodeQuery(7, "name", recordTypes.A);
  assert.equal(parseQuery(good.subarray(0, 11)), undefined);
  const response = Uint8Array.from(good);
  response[2] = 0x80;
  assert.equal(parseQuery(response), undefined);
  for (let length = 12; length < good.length; length++) {
    assert.equal(parseQuery(good.subarray(0, length))?.question, undefined, `${length} bytes`);
  }
});

test("compression pointers, loops and over-long names are refused", () => {
  const packet = (...name: number[]) =>
    parseQuery(Uint8Array.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 1, 0, 1]));
  assert.equal(packet(0xc0, 12)?.question, undefined);
  assert.equal(packet(3, 97, 98, 99, 0xc0, 12)?.question, undefined);
  assert.equal(packet(64, ...Array.from({ length: 64 }, () => 97), 0)?.question, undefined);
  const label = [63, ...Array.from({ length: 63 }, () => 97)];
  assert.equal(packet(...label, ...label, ...label, ...label, 0)?.question, undefined);
  assert.equal(packet(...label, ...label, ...label, 0)?.question?.name.length, 63 * 3 + 2);
});

test("no packet makes the codec throw", () => {
  let seed = 12_345;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  const good = encodeQuery(7, "some.name.example", recordTypes.A);
  for (let round = 0; round < 20_000; round++) {
    const bytes =
      round % 2 === 0
        ? Uint8Array.from({ length: random(600) }, () => random(256))
        : Uint8Array.from(good, (byte) => (random(8) === 0 ? random(256) : byte));
    const query = parseQuery(bytes);
    if (query !== undefined) {
      const response = encodeResponse(query, rcodes.FORMERR);
      assert.ok(response.length <= bytes.length + 12);
      answers(bytes, query);
    }
  }
});

test("names: limits and reverse names", () => {
  assert.equal(encodeName("x".repeat(64)), undefined);
  assert.equal(encodeName(`${"x".repeat(60)}.`.repeat(5)), undefined);
  assert.deepEqual([...(encodeName("ab.c") ?? [])], [2, 97, 98, 1, 99, 0]);
  assert.equal(addressOfPtr("2.0.18.172.in-addr.arpa"), "172.18.0.2");
  assert.equal(addressOfPtr("web"), undefined);
});
