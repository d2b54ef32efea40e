import assert from "node:assert/strict";
import { test } from "node:test";
import {
  directResolvConf,
  hostsFile,
  reachesServer,
  resolvConf,
} from "../../../server/engine/network/container-files.ts";
import { parseResolvConf } from "../../../server/engine/network/dns/host-resolvers.ts";
import { parse } from "../../../server/engine/network/listening.ts";

const host = { servers: ["10.0.0.53"], search: ["example.org"], options: ["edns0"] };
const lines = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

test("resolv.conf names the embedded resolver and takes over the host's search list", () => {
  assert.deepEqual(lines(resolvConf({ search: [], options: [] }, host)), [
    "search example.org",
    "nameserver 127.0.0.11",
    "options edns0 ndots:0",
  ]);
  assert.deepEqual(lines(resolvConf({ search: ["."], options: ["ndots:2"] }, host)), [
    "nameserver 127.0.0.11",
    "options ndots:2",
  ]);
});

test("on the default bridge resolv.conf names the servers themselves, if a container gets to them", () => {
  const none = { servers: [], search: [], options: [] };
  const given = { servers: ["1.1.1.1"], search: ["a.org"], options: ["ndots:2"] };
  const text = "# the host's\nnameserver 10.0.0.53\n";
  assert.equal(
    directResolvConf(given, host, () => false),
    "search a.org\nnameserver 1.1.1.1\noptions ndots:2\n",
  );
  assert.equal(
    directResolvConf(none, { ...host, text }, () => true),
    text,
  );
  assert.equal(
    directResolvConf({ ...none, search: ["."] }, host, () => true),
    "nameserver 10.0.0.53\noptions edns0\n",
  );
  assert.equal(
    directResolvConf(none, { ...host, text }, () => false),
    undefined,
  );
});

test("a container asks a server itself only where its tenant's rules let it out to that", () => {
  const may = (server: string, egress: "all" | "registries" | "none", privateAddresses: boolean) =>
    reachesServer(server, { egress, privateAddresses, packageHosts: [], privateHosts: [] });
  assert.ok(may("192.168.1.1", "all", true));
  assert.ok(may("1.1.1.1", "all", false));
  assert.ok(!may("192.168.1.1", "all", false), "a router at home, say");
  assert.ok(!may("1.1.1.1", "registries", true), "what it answers would not be let out to");
  assert.ok(!may("127.0.0.53", "all", true));
});

test("nothing a user gives can add a line", () => {
  assert.throws(() => resolvConf({ search: ["a\nnameserver 6.6.6.6"], options: [] }, host), /one line/);
  assert.throws(() => hostsFile([], [{ address: "1.2.3.4", name: "a\n1.2.3.5\texample.org" }]), /one line/);
});

test("hosts in Docker's order: localhost, extra hosts, own names", () => {
  const file = hostsFile([{ address: "172.17.0.2", names: ["web"] }], [{ address: "10.0.0.9", name: "db" }]);
  assert.deepEqual(lines(file).slice(0, 2), ["127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback"]);
  assert.deepEqual(lines(file).slice(-2), ["10.0.0.9\tdb", "172.17.0.2\tweb"]);
});

test("the host's resolv.conf: comments, several servers, odd lines", () => {
  const text =
    "# c\nnameserver 127.0.0.53\nnameserver fe80::1%eth0\nnameserver not-an-address\nsearch a b ; x\nfoo\noptions edns0 trust-ad\n";
  assert.deepEqual(parseResolvConf(text), {
    servers: ["127.0.0.53", "fe80::1%eth0"],
    search: ["a", "b"],
    options: ["edns0", "trust-ad"],
  });
});

test("socket tables: addresses in host byte order", () => {
  const table = `  sl  local_address rem_address   st
   0: 0B00007F:0035 00000000:0000 0A
   1: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A
   2: 0000000000000000FFFF00000100007F:0050 00000000000000000000000000000000:0000 0A
   3: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A
   nonsense`;
  assert.deepEqual(
    [...parse(table)].map(({ address, port }) => `${address} ${port}`),
    ["127.0.0.11 53", "00000000000000000000000000000000 8080", "127.0.0.1 80", "::1 81"],
  );
});
