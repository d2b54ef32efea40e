import assert from "node:assert/strict";
import { test } from "node:test";
import { isEngineError } from "../../../server/engine/errdefs/errors.ts";
import { type Cidr, formatCidr, overlaps, parseCidr } from "../../../server/engine/network/cidr.ts";
import { Ipam, isPrivateBlock, macOf } from "../../../server/engine/network/ipam.ts";

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  assert.ok(parsed, text);
  return parsed;
};
const ipam = new Ipam(() => [cidr("192.168.7.0/24"), cidr("172.18.1.0/24")]);

test("CIDR: parsing, host bits, overlap at the edges", () => {
  assert.equal(formatCidr(cidr("10.1.2.3/16")), "10.1.0.0/16");
  for (const bad of [
    "",
    "10.0.0.0",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0/8",
    "::/129",
    "fe80::1%eth0/64",
    "10.0.0.0/8/8",
    "a.b.c.d/8",
  ]) {
    assert.equal(parseCidr(bad), undefined, bad);
  }
  assert.ok(overlaps(cidr("0.0.0.0/0"), cidr("255.255.255.255/32")));
  assert.ok(overlaps(cidr("10.0.0.0/8"), cidr("10.255.255.0/24")));
  assert.ok(!overlaps(cidr("10.0.0.0/24"), cidr("10.0.1.0/24")));
});

test("free subnets skip what is taken and what the host routes to", () => {
  const pools = [{ base: "172.18.0.0/22", size: 24 }];
  const first = ipam.freeSubnet(pools, []);
  assert.deepEqual(first, { subnet: "172.18.0.0/24", gateway: "172.18.0.1" });
  assert.equal(ipam.freeSubnet(pools, [cidr(first.subnet)]).subnet, "172.18.2.0/24");
  assert.throws(
    () => ipam.freeSubnet(pools, [cidr("172.18.0.0/16")]),
    (error) => isEngineError(error, "not_found"),
  );
});

test("a subnet of one's own: overlaps, foreign blocks and nonsense are refused", () => {
  const claim = (subnet: string, gateway?: string, ipRange?: string) =>
    ipam.claimSubnet(
      { subnet, ...(gateway === undefined ? {} : { gateway }), ...(ipRange === undefined ? {} : { ipRange }) },
      [cidr("10.9.0.0/16")],
    );
  assert.deepEqual(claim("172.30.5.9/24"), { subnet: "172.30.5.0/24", gateway: "172.30.5.1" });
  assert.equal(claim("172.30.0.0/16", undefined, "172.30.8.0/24").gateway, "172.30.8.0");
  for (const taken of ["10.9.3.0/24", "10.0.0.0/8", "192.168.0.0/16", "192.168.7.128/25"]) {
    assert.throws(() => claim(taken), /Pool overlaps with other one on this address space/, taken);
  }
  for (const foreign of [
    "1.1.1.0/24",
    "169.254.0.0/16",
    "127.0.0.0/16",
    "172.0.0.0/9",
    "224.0.0.0/24",
    "2001:db8::/64",
    "fd00::/40",
  ]) {
    assert.ok(!isPrivateBlock(cidr(foreign)), foreign);
  }
  for (const own of ["10.7.0.0/16", "192.168.9.0/24", "fd00:1::/64"]) assert.ok(isPrivateBlock(cidr(own)), own);
  for (const [subnet, gateway, range] of [
    ["10.1.0.0/31"],
    ["nonsense"],
    ["10.1.0.0/24", "10.2.0.1"],
    ["10.1.0.0/24", "10.1.0.0"],
    ["10.1.0.0/24", "x"],
    ["10.1.0.0/24", undefined, "10.2.0.0/25"],
  ] as const) {
    assert.throws(
      () => claim(subnet ?? "", gateway, range),
      (error) => isEngineError(error, "unknown"),
    );
  }
});

test("addresses: the lowest free one, never gateway, network or broadcast", () => {
  const network = { subnet: "10.3.0.0/29", gateway: "10.3.0.1" };
  const taken = new Set<string>();
  const given: string[] = [];
  for (let count = 0; count < 5; count++) {
    const address = ipam.address(network, taken);
    taken.add(address);
    given.push(address);
  }
  assert.deepEqual(given, ["10.3.0.2", "10.3.0.3", "10.3.0.4", "10.3.0.5", "10.3.0.6"]);
  assert.throws(() => ipam.address(network, taken), /no available IPv4 addresses/);
  taken.delete("10.3.0.4");
  assert.equal(ipam.address(network, taken), "10.3.0.4");
});

test("static addresses and ranges", () => {
  const network = { subnet: "10.3.0.0/24", gateway: "10.3.0.1", ipRange: "10.3.0.64/26" };
  assert.equal(ipam.address(network, new Set()), "10.3.0.64");
  assert.equal(ipam.address(network, new Set(), "10.3.0.9"), "10.3.0.9");
  for (const wrong of ["10.3.0.0", "10.3.0.1", "10.3.0.9", "10.3.0.255"]) {
    assert.throws(() => ipam.address(network, new Set(["10.3.0.9"]), wrong), /Address already in use/, wrong);
  }
  for (const wrong of ["10.4.0.1", "fe80::1", "10.3.0"]) {
    assert.throws(
      () => ipam.address(network, new Set(), wrong),
      (error) => isEngineError(error, "invalid_argument"),
    );
  }
});

test("MAC addresses follow the address, as Docker's", () => {
  assert.equal(macOf("172.17.0.2"), "02:42:ac:11:00:02");
});

test("IPv6: subnets, addresses in their shortest form, no broadcast address", () => {
  const wanted = { subnet: "FD00:0:0:7::9/125", auxiliary: { printer: "fd00:0:0:7:0::a" } };
  const config = ipam.claimSubnet(wanted, []);
  assert.deepEqual(config, {
    subnet: "fd00:0:0:7::8/125",
    gateway: "fd00:0:0:7::9",
    auxiliary: { printer: "fd00:0:0:7::a" },
  });
  assert.equal(ipam.address(config, new Set(["fd00:0:0:7::b"])), "fd00:0:0:7::c");
  assert.equal(ipam.address(config, new Set(), "fd00:0:0:7:0:0:0:f"), "fd00:0:0:7::f");
  assert.throws(() => ipam.address(config, new Set(), "fd00:0:0:7::a"), /Address already in use/);
  assert.throws(() => ipam.address(config, new Set(), "10.3.0.9"), /does not belong to any of this network's subnets/);
  assert.equal(ipam.freeSubnet([{ base: "fd00:9::/48", size: 64 }], [], 6).gateway, "fd00:9::1");
  const local = ipam.freeSubnet([{ base: "10.5.0.0/16", size: 24 }], [], 6);
  assert.match(local.subnet, /^fd[\da-f:]+\/64$/, "of the machine's own local addresses");
  const sixes = [{ base: "fd00:9::/64", size: 64 }];
  assert.throws(() => ipam.freeSubnet(sixes, [parseCidr("fd00:9::/64")!], 6), /non-overlapping IPv6 address pool/);
});
