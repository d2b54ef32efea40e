import assert from "node:assert/strict";
import { test } from "node:test";
import { shownPorts } from "./web-ports.ts";
import type { ListeningPort } from "../../../server/contract/extension-api.ts";

const tcp = (port: number, more: Partial<ListeningPort> = {}): ListeningPort => ({
  protocol: "tcp",
  port,
  address: "172.17.0.2",
  ...more,
});

test("what a browser can show is offered as a page; a database's port is named only", () => {
  const both = shownPorts([tcp(8080), tcp(6379), tcp(6379, { address: "fd00::2" }), tcp(53, { protocol: "udp" })]);
  assert.deepEqual([both.pages, both.noPages, both.hidden], [[tcp(8080)], [6379], undefined]);
});

test("one that only its own container reaches is told where there is no other", () => {
  const inside = tcp(3000, { loopback: "127.0.0.1" });
  assert.deepEqual(shownPorts([inside]), { pages: [], noPages: [], hidden: inside });
  assert.equal(shownPorts([inside, tcp(5432)]).hidden, undefined);
});
