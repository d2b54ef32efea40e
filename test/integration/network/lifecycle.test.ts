import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { Database } from "../../../server/engine/metadata/database.ts";
import { Links } from "../../../server/engine/network/netlink/links.ts";
import { queryNft, runNft } from "../../../server/engine/network/nft.ts";
import { policies } from "../../../server/engine/tenants/policy.ts";
import { hostAddress, internet, Machine, options, resolve, talk, tcpEcho, tenant } from "./fixture.ts";

const machine = await Machine.create();
after(() => machine.close());
const forwarding = () => readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8").trim();
const devices = () => {
  using links = new Links();
  return links.list().flatMap(({ name }) => (name.startsWith("tb") ? [name] : []));
};
const binding = { protocol: "tcp", containerPort: 80, hostAddress: "0.0.0.0", hostPort: 8080 } as const;

test("a device is looked up aside as well as at once, by many at a time, and while others are deleted", async () => {
  using links = new Links();
  const bridge = links.createBridge("looked", "02:42:00:00:00:0c", 1500);
  const gone = Array.from({ length: 5 }, (_, number) => `gone${number}`);
  for (const name of gone) links.createBridge(name, "02:42:00:00:00:0d", 1500);
  const deletions = gone.map((name) => links.delete(name));
  const looks = Array.from({ length: 20 }, () => links.look("looked"));
  assert.equal(await links.look("nothing"), undefined);
  for (const found of await Promise.all(looks)) assert.equal(found?.index, bridge);
  assert.deepEqual(await Promise.all(deletions), [true, true, true, true, true]);
  assert.deepEqual(
    await Promise.all(gone.map((name) => links.look(name))),
    gone.map(() => undefined),
  );
  assert.equal(await links.delete("looked"), true);
  assert.equal(await links.delete("looked"), false);
});

test("a tenant has bridge, host and none; names and ids find networks; limits and names are kept", async () => {
  const host = await machine.engine("names.db");
  const service = host.service(tenant("alice", "class"));
  assert.deepEqual(
    service.list().map(({ name }) => name),
    ["bridge", "host", "none"],
  );
  assert.notEqual(service.get("bridge").ipam[0]?.subnet, host.service(tenant("bob")).get("bridge").ipam[0]?.subnet);
  const app = await service.create({ name: "app" });
  assert.equal(service.get(app.id.slice(0, 10)), service.get("app"));
  await assert.rejects(service.create({ name: "app" }), { name: "Conflict" });
  await assert.rejects(service.create({ name: "bridge" }), { name: "PermissionDenied" });
  await assert.rejects(service.create({ name: "a\nb" }), { name: "InvalidArgument" });
  await assert.rejects(service.create({ name: "x", driver: "overlay" }), /not a swarm manager/);
  await assert.rejects(service.create({ name: "x", driver: "macvlan" }), { name: "PolicyRefusal" });
  const six = await service.create({ name: "six", enableIPv6: true });
  assert.match(six.ipam[1]?.subnet ?? "", /^fd[\da-f:]+::?\/64$/, "a block of local addresses of this machine's own");
  await service.remove("six");
  await assert.rejects(service.create({ name: "x", ipam: [{ subnet: "172.18.0.0/16" }] }), /Pool overlaps/);
  await assert.rejects(
    service.create({ name: "x", ipam: [{ subnet: "203.0.113.0/25" }] }),
    /subnet 203.0.113.0\/25 is not allowed here \(rule "machineNetworks"/,
  );
  const mirror = { ...tenant("dora", "class"), rules: { ...policies.class, privateHosts: ["10.99.0.5:3142"] } };
  const other = host.service(mirror);
  for (const each of [service, other]) {
    // What is opened to learners is at that address, and no learner's container.
    await assert.rejects(each.create({ name: "x", ipam: [{ subnet: "10.99.0.0/24" }] }), /Pool overlaps/);
  }
  await service.create({ name: "two" });
  await service.create({ name: "three", ipam: [{ subnet: "10.77.0.0/24", gateway: "10.77.0.254" }] });
  await assert.rejects(service.create({ name: "four" }), { name: "ResourceExhausted" });
  await assert.rejects(service.remove("bridge"), { name: "PermissionDenied" });
  assert.throws(() => host.service(tenant("bob")).get(app.id), { name: "NotFound" });

  const container = await machine.container();
  await service.sandboxes.open(options("c1", container));
  await assert.rejects(host.service(tenant("bob")).sandboxes.connect("c1", app.id), { name: "NotFound" });
  const endpoint = await service.sandboxes.connect("c1", service.get("three").id, { ipv4: "10.77.0.9" });
  assert.equal(endpoint.ipv4, "10.77.0.9");
  assert.equal(endpoint.gateway, "10.77.0.254");
  await assert.rejects(service.remove("three"), /has active endpoints/);
  await assert.rejects(service.sandboxes.connect("c1", service.get("three").id), /already exists in network three/);
  const none = await service.sandboxes.connect("c1", service.get("none").id);
  assert.equal(none.ipv4, "");
  await service.sandboxes.close("c1");
  await service.sandboxes.close("c1");
  await service.remove("three");
  await host.shutdown({ remove: true });
  assert.deepEqual(devices(), []);
});

test("the default bridge gets another subnet when the host has come to use its own", async () => {
  const host = await machine.engine("moved.db");
  const service = host.service(tenant("alice"));
  const before = service.get("bridge").ipam[0]?.subnet;
  using links = new Links();
  links.addAddress(links.createBridge("rival", "02:42:00:00:00:0b", 1500), "10.201.0.1", 24);
  const container = await machine.container();
  await service.sandboxes.open(options("c1", container));
  const endpoint = await service.sandboxes.connect("c1", service.get("bridge").id);
  assert.equal(before, "10.201.0.0/24");
  assert.equal(endpoint.ipv4, "10.201.1.2");
  assert.equal(service.get("bridge").ipam[0]?.subnet, "10.201.1.0/24");
  await host.shutdown({ remove: true });
  await links.delete("rival");
});

test("a static address can be had again at once after a stop", async () => {
  const host = await machine.engine("static.db");
  const service = host.service(tenant("alice"));
  const network = await service.create({ name: "app", ipam: [{ subnet: "10.78.0.0/24" }] });
  for (let round = 0; round < 3; round++) {
    const container = await machine.container({ user: true });
    await service.sandboxes.open(options("c1", container));
    assert.equal((await service.sandboxes.connect("c1", network.id, { ipv4: "10.78.0.5" })).ipv4, "10.78.0.5");
    await service.sandboxes.close("c1");
  }
  await host.shutdown({ remove: true });
});

test("the engine is killed: containers and their ports go on; a new one takes them up and clears the rest", async () => {
  const first = await machine.engine();
  const before = first.service(tenant("alice"));
  const app = await before.create({ name: "app" });
  const [web, gone, step] = [await machine.container(), await machine.container(), await machine.container()];
  await before.sandboxes.open(options("web", web));
  await before.sandboxes.open(options("gone", gone));
  await before.sandboxes.open(options("step", step, []));
  const endpoint = await before.sandboxes.connect("web", app.id);
  await before.sandboxes.connect("gone", app.id);
  await before.sandboxes.connect("step", before.get("bridge").id);
  await before.sandboxes.publish("web", [binding]);
  await before.sandboxes.publish("gone", [{ ...binding, hostPort: 8081 }]);
  using _server = await tcpEcho(web, 80);
  // as a kill leaves it: sockets closed by the kernel, nothing else
  await first.shutdown();
  using links = new Links();
  links.createBridge("tb-0123456789ab", "02:42:00:00:00:09", 1500);
  links.createBridge("tb-other", "02:42:00:00:00:0a", 1500);
  assert.equal(await talk(machine.outside, hostAddress, 8080), internet, "published while the engine is away");

  const second = await machine.engine();
  const service = second.service(tenant("alice"));
  await service.sandboxes.restore(options("web", web));
  await second.sweep();
  assert.equal(await talk(machine.outside, hostAddress, 8080), internet);
  assert.equal(await talk(machine.outside, hostAddress, 8081), "unreachable");
  assert.deepEqual(await resolve(web, "web"), [endpoint.ipv4]);
  assert.deepEqual(
    service.endpoints({ networkId: app.id }).map(({ sandboxId }) => sandboxId),
    ["web"],
  );
  const left = devices();
  assert.ok(!left.includes("tb-0123456789ab"));
  assert.ok(left.includes("tb-other"), "a device that only starts alike is not ours");
  await links.delete("tb-other");
  assert.equal(left.filter((name) => name.startsWith("tbv")).length, 1, "only the veth of the one that lives");
  const again = await machine.container();
  await service.sandboxes.open(options("new", again));
  await assert.rejects(service.sandboxes.publish("new", [binding]), /port is already allocated/);
  await service.sandboxes.connect("new", app.id);
  assert.deepEqual(await resolve(web, "new"), ["172.18.0.3"]);
  await second.shutdown({ remove: true });
});

test("afterwards nothing is left: no device, no table, no setting", async () => {
  assert.deepEqual(devices(), []);
  assert.doesNotMatch(await queryNft("list", "tables"), /ddtest/);
  assert.equal(forwarding(), "0");
});

test("a backup that is restored beside its engine, under another name, takes nothing of that one's for its own", async () => {
  const host = await machine.engine("original.db");
  const { sandboxes } = host.service(tenant("alice"));
  const where = await machine.container();
  const own = await host.service(tenant("alice")).create({ name: "app" });
  const named = { "com.docker.network.bridge.name": "chosen0" };
  const chosen = await host.service(tenant("alice")).create({ name: "named", options: named });
  await sandboxes.open(options("web", where));
  const [bridge] = host.service(tenant("alice")).list();
  assert.ok(bridge !== undefined);
  await sandboxes.connect("web", bridge.id);
  await sandboxes.connect("web", own.id);
  const before = devices();
  assert.equal(before.length, 4, String(before));
  {
    const database = new Database(join(machine.directory, "original.db"));
    database.run("VACUUM INTO ?", join(machine.directory, "copy.db"));
    database.close();
  }
  const copy = await machine.engine("copy.db", undefined, "tc");
  const restored = copy.service(tenant("alice"));
  assert.deepEqual(
    restored.list().flatMap(({ bridge: device }) => (device === "" ? [] : [device.slice(0, 3)])),
    ["tc-", "tc-", "cho"],
  );
  assert.equal(restored.get("named").bridge, chosen.bridge);
  await copy.sweep();
  await restored.sandboxes.close("web");
  await restored.remove("app");
  await copy.shutdown({ remove: true });
  assert.deepEqual(devices(), before);
  await sandboxes.close("web");
  await host.shutdown({ remove: true });
});

test("another firewall that drops what is forwarded is opened for our bridges, and closed again", async () => {
  await runNft("table ip filter {\nchain FORWARD {\ntype filter hook forward priority filter; policy drop;\n}\n}\n");
  const host = await machine.engine("foreign.db");
  const service = host.service(tenant("alice"));
  const container = await machine.container();
  using _server = await tcpEcho(machine.outside, 81);
  await service.sandboxes.open(options("c1", container));
  await service.sandboxes.connect("c1", service.get("bridge").id);
  assert.equal(await talk(container, internet, 81), hostAddress);
  await host.start();
  const rules = await queryNft("list", "chain", "ip", "filter", "FORWARD");
  assert.equal(rules.match(/ddtest/g)?.length, 2, "started twice, inserted once");
  await host.shutdown({ remove: true });
  assert.doesNotMatch(await queryNft("list", "chain", "ip", "filter", "FORWARD"), /ddtest/);
});

test("a table or bridge taken away from outside comes back with the next change", async () => {
  const host = await machine.engine("outside.db");
  const service = host.service(tenant("alice"));
  const network = await service.create({ name: "app" });
  {
    using links = new Links();
    await links.delete(network.bridge);
  }
  const container = await machine.container();
  await service.sandboxes.open(options("c1", container));
  await service.sandboxes.connect("c1", network.id);
  assert.ok(devices().includes(network.bridge));
  await host.shutdown({ remove: true });
});
