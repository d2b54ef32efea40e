import assert from "node:assert/strict";
import os from "node:os";
import { mock, test } from "node:test";
import { anyAddress, mayConnect, portOf } from "../../../server/engine/network/address-rule.ts";
import { WaysOut } from "../../../server/engine/network/egress.ts";
import { policies } from "../../../server/engine/tenants/policy.ts";

const card = { netmask: "", mac: "", internal: false, cidr: null };
mock.method(os, "networkInterfaces", () => ({ eth0: [{ ...card, address: "10.0.0.7", family: "IPv4" }] }));

test("of private networks the ports that a policy opens are connected to, and nothing on the machine itself", () => {
  const ways = new WaysOut(() => undefined);
  ways.packageSources = [{ address: "10.0.0.9", port: 3142 }];
  const privateHosts = [
    "10.0.0.5:80",
    "[fd00::5]:443",
    "127.0.0.1:80",
    "10.0.0.7:80",
    "[::1]:80",
    "169.254.169.254:80",
  ];
  const rule = ways.addresses({ ...policies.public, privateHosts: [...privateHosts, "package-sources"] });
  const open: [string, number][] = [
    ["10.0.0.5", 80],
    ["fd00:0::5", 443],
    ["10.0.0.9", 3142],
    ["198.51.100.7", 81],
  ];
  for (const [address, port] of open) assert.equal(mayConnect(rule, address, port), true, `${address} ${port}`);
  const shut: [string, number][] = [
    ["10.0.0.5", 81],
    ["10.0.0.6", 80],
    ["10.0.0.9", 80],
    ["127.0.0.1", 80],
    ["::ffff:127.0.0.1", 80],
    ["10.0.0.7", 80],
    ["::1", 80],
    ["169.254.169.254", 80],
  ];
  for (const [address, port] of shut) assert.equal(mayConnect(rule, address, port), false, `${address} ${port}`);
  assert.equal(mayConnect(ways.addresses(policies.open), "127.0.0.1", 80), true);
  assert.equal(mayConnect(anyAddress, "127.0.0.1", 80), true);
});

test("a URL leads to its scheme's port, unless it names one", () => {
  const ports = ["http://a/", "https://a/", "https://a:5000/", "http://[::1]:81/"].map((url) => portOf(new URL(url)));
  assert.deepEqual(ports, [80, 443, 5000, 81]);
});
