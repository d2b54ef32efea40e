import assert from "node:assert/strict";
import { test } from "node:test";
import { parseChallenges } from "../../../server/engine/remotes/challenge.ts";
import { mayConnect, publicAddressesOnly } from "../../../server/engine/network/address-rule.ts";
import { isInsecure, isLoopbackHost, registryAddresses, registryHost } from "../../../server/engine/remotes/hosts.ts";

test("challenges are read with quotes, commas and several schemes", () => {
  assert.deepEqual(parseChallenges('Bearer realm="https://a/token?x=1,2",service="s \\"q\\"",scope="r:a:pull,push"'), [
    { scheme: "bearer", parameters: { realm: "https://a/token?x=1,2", service: 's "q"', scope: "r:a:pull,push" } },
  ]);
  assert.deepEqual(parseChallenges('Basic realm=simple, Bearer realm="x"'), [
    { scheme: "basic", parameters: { realm: "simple" } },
    { scheme: "bearer", parameters: { realm: "x" } },
  ]);
  for (const broken of ["", ",,,", "=", '"', 'Bearer realm="open', "\0"]) {
    assert.ok(Array.isArray(parseChallenges(broken)), JSON.stringify(broken));
  }
});

test("loopback and listed hosts may speak plain HTTP, private addresses are kept from tenants", () => {
  assert.equal(registryHost("docker.io"), "registry-1.docker.io");
  assert.deepEqual(
    ["localhost:5000", "127.1.2.3", "[::1]:80", "registry.example", "10.0.0.1:5000"].map(isLoopbackHost),
    [true, true, true, false, false],
  );
  assert.equal(isInsecure("registry.lan:5000", { insecure: ["registry.lan:5000"] }), true);
  const rule = registryAddresses("registry.example", {}, publicAddressesOnly);
  const allowed = (address: string) => mayConnect(rule, address, 443);
  const kept = [
    "127.0.0.1",
    "10.1.1.1",
    "172.20.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "::1",
    "fe80::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "0.0.0.0",
  ];
  assert.deepEqual(kept.filter(allowed), []);
  assert.ok(allowed("93.184.216.34") && allowed("2606:2800::1"));
  const trusted = registryAddresses("registry.lan", { trusted: ["registry.lan"] }, publicAddressesOnly);
  assert.ok(mayConnect(trusted, "10.1.1.1", 443));
});
