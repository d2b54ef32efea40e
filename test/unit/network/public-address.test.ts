import assert from "node:assert/strict";
import os from "node:os";
import { mock, test } from "node:test";
import { isPublicAddress } from "../../../server/engine/network/public-address.ts";

test("private, local and special addresses are not public, however they are written", () => {
  for (const address of ["10.1.2.3", "127.0.0.1", "169.254.169.254", "192.168.1.1", "0.0.0.0", "224.0.0.1"]) {
    assert.equal(isPublicAddress(address), false, address);
  }
  for (const address of [
    "::1",
    "::",
    "fe80::1",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "64:ff9b::7f00:1",
  ]) {
    assert.equal(isPublicAddress(address), false, address);
  }
  for (const address of ["not an address", "", "8.8.8.8.8"]) assert.equal(isPublicAddress(address), false, address);
  for (const address of ["198.51.100.7", "2001:db8::1"]) assert.equal(isPublicAddress(address), true, address);
});

test("this machine's own address is not for learners, though it is one of the Internet", () => {
  const card = { netmask: "", mac: "", internal: false, cidr: null };
  mock.method(os, "networkInterfaces", () => ({
    eth0: [
      { ...card, address: "198.51.100.7", family: "IPv4" },
      { ...card, address: "2001:db8::7", family: "IPv6", scopeid: 0 },
    ],
  }));
  for (const address of ["198.51.100.7", "::ffff:198.51.100.7", "::ffff:c633:6407", "2001:db8::7"]) {
    assert.equal(isPublicAddress(address), false, address);
  }
  assert.equal(isPublicAddress("198.51.100.8"), true);
});
