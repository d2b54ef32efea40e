import assert from "node:assert/strict";
import { test } from "node:test";
import { type Question, rcodes, recordTypes } from "../../../server/engine/network/dns/codec.ts";
import { answerLocally, type VisibleNetwork } from "../../../server/engine/network/dns/local-names.ts";

const app: VisibleNetwork = {
  name: "App_net",
  named: true,
  contains: (address) => address.startsWith("172.18.0.") || address.startsWith("fd00:18::"),
  endpoints: [
    { ipv4: "172.18.0.2", ipv6: "", names: ["web", "0123456789ab", "front"] },
    { ipv4: "172.18.0.3", ipv6: "fd00:18::3", names: ["db", "front"] },
  ],
  links: { database: "db" },
};
const defaultBridge: VisibleNetwork = { ...app, name: "bridge", named: false };

function ask(name: string, type: number = recordTypes.A, networks: VisibleNetwork[] = [app]) {
  const question: Question = { name, type, class: 1, end: 0 };
  const answer = answerLocally(question, networks);
  return answer === undefined ? undefined : answer.answers.map(({ data }) => [...data].join(".")).toSorted();
}

test("names, ids, aliases, with and without the network's name", () => {
  assert.deepEqual(ask("web"), ["172.18.0.2"]);
  assert.deepEqual(ask("0123456789ab"), ["172.18.0.2"]);
  assert.deepEqual(ask("web.app_net"), ["172.18.0.2"]);
  assert.deepEqual(ask("front"), ["172.18.0.2", "172.18.0.3"]);
  assert.deepEqual(ask("database"), ["172.18.0.3"]);
});

test("a known name has no other records; an unknown one is asked elsewhere", () => {
  assert.deepEqual(ask("web", recordTypes.AAAA), []);
  assert.equal(ask("web.other"), undefined);
  assert.equal(ask("example.com"), undefined);
});

test("IPv6: AAAA beside A, and the reverse", () => {
  assert.deepEqual(ask("db", recordTypes.AAAA), [
    [0xfd, 0, 0, 0x18, ...Array.from({ length: 11 }, () => 0), 3].join("."),
  ]);
  assert.equal(ask("db", recordTypes.ANY)?.length, 2);
  const reverse = `3.${"0.".repeat(23)}8.1.0.0.0.0.d.f.ip6.arpa`;
  assert.equal(ask(reverse, recordTypes.PTR)?.length, 1);
});

test("the default bridge knows links only", () => {
  assert.equal(ask("web", recordTypes.A, [defaultBridge]), undefined);
  assert.deepEqual(ask("database", recordTypes.A, [defaultBridge]), ["172.18.0.3"]);
});

test("reverse names", () => {
  const found = answerLocally({ name: "3.0.18.172.in-addr.arpa", type: recordTypes.PTR, class: 1, end: 0 }, [app]);
  assert.equal(Buffer.from(found?.answers[0]?.data ?? []).toString("latin1"), "\u0002db\u0007App_net\0");
  const unknown = answerLocally({ name: "9.0.18.172.in-addr.arpa", type: recordTypes.PTR, class: 1, end: 0 }, [app]);
  assert.equal(unknown?.rcode, rcodes.NXDOMAIN);
  assert.equal(ask("8.8.8.8.in-addr.arpa", recordTypes.PTR), undefined);
});
