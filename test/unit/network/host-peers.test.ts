import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { hostPeers } from "../../../server/engine/network/host-peers.ts";

const directory = mkdtempSync(join(tmpdir(), "dd-peers-"));
after(() => rmSync(directory, { recursive: true }));

/** proc(5): four bytes, least significant first */
const hex = (address: string) => Buffer.from(address.split(".").map(Number).toReversed()).toString("hex").toUpperCase();
const line = (local: string, peer: string, state: string) => `   0: ${local}:0016 ${peer}:D431 ${state} 0 0 0\n`;

test("whom the machine is connected with by a device of its own: not containers, not itself, not who was", (t) => {
  const device = Object.entries(networkInterfaces()).find(([, all]) =>
    all?.some(({ internal, family }) => !internal && family === "IPv4"),
  );
  const address = device?.[1]?.find(({ family }) => family === "IPv4")?.address;
  if (device === undefined || address === undefined) return t.skip("this machine has no network device");
  const mapped = (text: string) => `0000000000000000FFFF0000${hex(text)}`;
  const head = "  sl  local_address rem_address   st\n";
  const tcp = [
    line(hex(address), hex("10.8.0.5"), "01"),
    line(hex(address), hex("10.8.0.6"), "06"),
    line(hex("127.0.0.1"), hex("127.0.0.1"), "01"),
    line(hex("172.30.0.1"), hex("172.30.0.2"), "01"),
  ];
  writeFileSync(join(directory, "tcp"), head + tcp.join(""));
  assert.deepEqual(
    hostPeers(() => false, directory),
    ["10.8.0.5"],
    "also where there is no IPv6",
  );
  writeFileSync(join(directory, "tcp6"), head + line(mapped(address), mapped("10.8.0.7"), "01"));
  assert.deepEqual(
    hostPeers(() => false, directory),
    ["10.8.0.5", "10.8.0.7"],
  );
  assert.deepEqual(
    hostPeers((name) => name === device[0], directory),
    [],
    "not by a bridge of ours",
  );
});
