import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { after, test } from "node:test";
import { recordTypes } from "../../../server/engine/network/dns/codec.ts";
import { Links } from "../../../server/engine/network/netlink/links.ts";
import { Machine, options, resolve, talk, tcpEcho, tenant } from "./fixture.ts";

const machine = await Machine.create();
after(() => machine.close());
const host = await machine.engine();
const service = host.service(tenant("alice"));
const other = host.service(tenant("bob"));

// The outside has 2001:db8::1, this machine 2001:db8::2 on its card.
const outside = "2001:db8::1";
{
  using links = new Links();
  links.addAddress(links.index("card") ?? 0, "2001:db8::2", 64);
  using far = new Links(machine.outside.netns);
  far.addAddress(far.index("eth0") ?? 0, outside, 64);
}

const app = await service.create({ name: "app", enableIPv6: true, ipam: [{ subnet: "fd00:77::/64" }] });
const web = await machine.container({ user: true });
const client = await machine.container({ user: true });
const stranger = await machine.container({ user: true });
await service.sandboxes.open(options("web", web));
await service.sandboxes.open(options("client", client));
await other.sandboxes.open(options("stranger", stranger));
const endpoint = await service.sandboxes.connect("web", app.id);
await service.sandboxes.connect("client", app.id, { ipv6: "fd00:77::abcd" });
await other.sandboxes.connect("stranger", other.get("bridge").id);
const served = await tcpEcho(web, 80, "::");
const away = await tcpEcho(machine.outside, 81, "::");
after(() => {
  served[Symbol.dispose]();
  away[Symbol.dispose]();
});

test("endpoints have addresses of both families; names have AAAA records", async () => {
  assert.deepEqual([endpoint.ipv6, endpoint.prefixLength6, endpoint.gateway6], ["fd00:77::2", 64, "fd00:77::1"]);
  assert.deepEqual(await resolve(client, "web", recordTypes.AAAA), [`fd000077${"0".repeat(23)}2`]);
  assert.equal(await talk(client, "fd00:77::2", 80), "fd00:77::abcd");
  await assert.rejects(service.sandboxes.connect("web", app.id), /already exists in network app/);
});

test("what goes out has the machine's address; nobody comes in but to published ports", async () => {
  assert.equal(await talk(web, outside, 81), "2001:db8::2");
  assert.equal(readFileSync("/proc/sys/net/ipv6/conf/all/forwarding", "utf8").trim(), "1");
  {
    using far = new Links(machine.outside.netns);
    far.setDefaultRoute("2001:db8::2", far.index("eth0") ?? 0);
  }
  assert.equal(await talk(machine.outside, "fd00:77::2", 80), "unreachable");
  await service.sandboxes.publish("web", [
    { protocol: "tcp", containerPort: 80, hostAddress: "", hostPort: 8080 },
    { protocol: "tcp", containerPort: 80, hostAddress: "2001:db8::2", hostPort: 8090 },
  ]);
  assert.equal(await talk(machine.outside, "2001:db8::2", 8080), outside, "with its own address");
  assert.equal(await talk(machine.outside, "2001:db8::2", 8090), outside);
  assert.notEqual(await talk(undefined, "::1", 8080), "unreachable", "the machine itself");
  assert.notEqual(await talk(client, "2001:db8::2", 8080), "unreachable", "a neighbour");
  assert.notEqual(await talk(web, "2001:db8::2", 8080), "unreachable", "the container itself");
  assert.equal(await talk(undefined, "::1", 8090), "unreachable", "not published there");
});

test("a tenant's network is closed to others and to the machine, over IPv6 too", async () => {
  const machineOnly = createServer((socket) => socket.end("hi")).listen(8085, "::");
  await once(machineOnly, "listening");
  assert.equal(await talk(web, "fd00:77::1", 8085), "unreachable");
  machineOnly.close();
  const second = await other.create({ name: "second", enableIPv6: true, ipam: [{ subnet: "fd00:78::/64" }] });
  await other.sandboxes.connect("stranger", second.id);
  assert.equal(await talk(stranger, "fd00:77::2", 80), "unreachable");
});

test("networks without IPv6 give none", async () => {
  assert.deepEqual(
    other.endpoints({ sandboxId: "stranger", networkId: other.get("bridge").id }).map(({ ipv6 }) => ipv6),
    [""],
  );
  await other.sandboxes.disconnect("stranger", other.get("second").id);
  assert.equal(await talk(stranger, outside, 81), "unreachable");
});

test("when all is removed the machine does not forward any more", async () => {
  await host.shutdown({ remove: true });
  assert.equal(readFileSync("/proc/sys/net/ipv6/conf/all/forwarding", "utf8").trim(), "0");
});
