import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { recordTypes } from "../../../server/engine/network/dns/codec.ts";
import { isErrno } from "../../../server/engine/network/netlink/kernel-error.ts";
import { Links } from "../../../server/engine/network/netlink/links.ts";
import { within } from "../../../server/engine/network/netlink/netns.ts";
import { internet, Machine, options, resolve, talk, tcpEcho, tenant } from "./fixture.ts";

const machine = await Machine.create();
after(() => machine.close());
const host = await machine.engine();
const service = host.service({ ...tenant("alice"), limits: {} });
const away = await tcpEcho(machine.outside, 81);
after(() => away[Symbol.dispose]());

/** Whether this kernel makes devices of the kind. */
async function kernelHas(kind: "macvlan" | "ipvlan"): Promise<boolean> {
  using links = new Links();
  try {
    const parent = links.index("card") ?? 0;
    links.createVlanDevice(kind, "probe", { parent, mode: kind === "macvlan" ? 4 : 0, flags: 0 });
    return await links.delete("probe");
  } catch (error) {
    if (isErrno(error, "EOPNOTSUPP")) return false;
    throw error;
  }
}

const [macvlan, ipvlan] = [await kernelHas("macvlan"), await kernelHas("ipvlan")];
const skip = macvlan ? undefined : "this kernel has no macvlan";
const onCard = { parent: "card" };
/** of the card's own network */
const pool = { subnet: "203.0.113.0/24", ipRange: "203.0.113.128/25", gateway: internet };
const linksInside = (netns: Parameters<typeof within>[0]) => within(netns, () => readFileSync("/proc/net/dev", "utf8"));

test("macvlan: containers are on the machine's own network, with names, and leave nothing", { skip }, async () => {
  const network = await service.create({ name: "lan", driver: "macvlan", ipam: [pool], options: onCard });
  assert.equal(network.bridge, "");
  const [a, b] = [await machine.container({ user: true }), await machine.container({ user: true })];
  await service.sandboxes.open(options("a", a));
  await service.sandboxes.open(options("b", b));
  const first = await service.sandboxes.connect("a", network.id);
  const second = await service.sandboxes.connect("b", network.id, { ipv4: "203.0.113.77", mac: "02:42:00:00:00:77" });
  assert.match(first.ipv4, /^203\.0\.113\.1[23]\d$/);
  assert.deepEqual([first.interface, first.gateway], ["eth0", internet]);
  assert.equal(await talk(a, internet, 81), first.ipv4, "the outside sees the container's own address");
  using _server = await tcpEcho(b, 80);
  assert.equal(await talk(a, second.ipv4, 80), first.ipv4);
  assert.deepEqual(await resolve(a, "b"), ["203.0.113.77"]);
  await assert.rejects(service.remove("lan"), /has active endpoints/);
  await service.sandboxes.disconnect("b", network.id);
  assert.doesNotMatch(linksInside(b.netns), /eth0/);
  assert.equal(await talk(b, internet, 81), "unreachable");
  await service.sandboxes.close("a");
  await service.sandboxes.close("b");
  await service.remove("lan");
});

test("macvlan: what cannot be is told in dockerd's words, and leaves no network", { skip }, async () => {
  const wrong = (given: Record<string, string>) => service.create({ name: "x", driver: "macvlan", options: given });
  await assert.rejects(wrong({ parent: "card", macvlan_mode: "nope" }), {
    name: "Unknown",
    message: "requested macvlan mode 'nope' is not valid, 'bridge' mode is the macvlan driver default",
  });
  await assert.rejects(wrong({ parent: "lo" }), { message: "loopback interface is not a valid macvlan parent link" });
  await assert.rejects(wrong({ parent: "nope" }), {
    message: "invalid subinterface vlan name nope, example formatting is eth0.10",
  });
  await assert.rejects(wrong({ parent: "nope.10" }), {
    message: "-o parent interface does was not found on the host: nope",
  });
  await assert.rejects(wrong({ parent: "card.x" }), {
    message: "unable to parse a valid vlan id from: x (ex. eth0.10 for vlan 10)",
  });
  await assert.rejects(wrong({ parent: "card.5000" }), { message: "vlan id must be between 1-4094, received: 5000" });
  await assert.rejects(
    host.service(tenant("learner", "class")).create({ name: "x", driver: "macvlan", options: onCard }),
    /rule "machineNetworks" of the class policy/,
  );
  assert.throws(() => service.get("x"), { name: "NotFound" });
  const only = await service.create({
    name: "one",
    driver: "macvlan",
    options: { parent: "card", macvlan_mode: "private" },
  });
  await assert.rejects(wrong({ parent: "card", macvlan_mode: "passthru" }), {
    message: `cannot use mode passthru, macvlan network ${only.id} is already using parent interface card`,
  });
  await service.remove("one");
});

test("ipvlan: made where the kernel has it, and else told what to do", async () => {
  const create = service.create({ name: "ip", driver: "ipvlan", ipam: [pool], options: onCard });
  if (!ipvlan) {
    await assert.rejects(create, {
      name: "FailedPrecondition",
      message: /^this kernel has no ipvlan \(try: modprobe ipvlan\)/,
    });
    assert.throws(() => service.get("ip"), { name: "NotFound" });
    return;
  }
  const network = await create;
  const a = await machine.container();
  await service.sandboxes.open(options("a", a));
  const { ipv4 } = await service.sandboxes.connect("a", network.id);
  assert.equal(await talk(a, internet, 81), ipv4);
  await service.sandboxes.close("a");
  await service.remove("ip");
});

test("a network of IPv6 alone has no IPv4 address, and one of neither is refused", async () => {
  await assert.rejects(service.create({ name: "x", enableIPv4: false }), { message: "IPv4 or IPv6 must be enabled" });
  const six = await service.create({
    name: "six",
    enableIPv4: false,
    enableIPv6: true,
    ipam: [{ subnet: "fd00:6::/64" }],
  });
  assert.equal(six.ipam.length, 1);
  const [a, b] = [await machine.container({ user: true }), await machine.container({ user: true })];
  await service.sandboxes.open(options("a", a));
  await service.sandboxes.open(options("b", b));
  const endpoint = await service.sandboxes.connect("a", six.id);
  await service.sandboxes.connect("b", six.id);
  assert.deepEqual(
    [endpoint.ipv4, endpoint.gateway, endpoint.ipv6, endpoint.gateway6],
    ["", "", "fd00:6::2", "fd00:6::1"],
  );
  assert.match(endpoint.mac, /^02:42:/);
  using _server = await tcpEcho(b, 80, "::");
  assert.equal(await talk(a, "fd00:6::3", 80), "fd00:6::2");
  assert.deepEqual(await resolve(a, "b"), [], "it has no A record");
  assert.deepEqual(await resolve(a, "b", recordTypes.AAAA), [`fd000006${"0".repeat(23)}3`]);
  await service.sandboxes.close("a");
  await service.sandboxes.close("b");
  await service.remove("six");
});

test("an endpoint has the interface's name and the settings that it asks for", async () => {
  const app = await service.create({ name: "app" });
  const a = await machine.container();
  await service.sandboxes.open(options("a", a));
  const prefix = "com.docker.network.endpoint";
  await assert.rejects(
    service.sandboxes.connect("a", app.id, { driverOptions: { [`${prefix}.sysctls`]: "net.ipv4.ip_forward=1" } }),
    {
      name: "InvalidArgument",
      message: /unrecognised network interface sysctl 'net.ipv4.ip_forward=1'; represent 'net.X.Y.ethN.Z=V'/,
    },
  );
  await assert.rejects(
    service.sandboxes.connect("a", app.id, { driverOptions: { [`${prefix}.sysctls`]: "net.ipv4.conf.IFNAME.nope=1" } }),
    {
      message: "failed to set net.ipv4.conf.eth0.nope: there is no such setting",
    },
  );
  const driverOptions = {
    [`${prefix}.ifname`]: "lan0",
    [`${prefix}.sysctls`]: "net.ipv4.conf.IFNAME.log_martians=1,net.ipv4.conf.IFNAME.forwarding=0",
  };
  const endpoint = await service.sandboxes.connect("a", app.id, { driverOptions });
  assert.equal(endpoint.interface, "lan0");
  const read = (name: string) =>
    within(a.netns, () => readFileSync(`/proc/sys/net/ipv4/conf/lan0/${name}`, "utf8").trim());
  assert.deepEqual([read("log_martians"), read("forwarding")], ["1", "0"]);
  const other = await service.create({ name: "other" });
  await assert.rejects(service.sandboxes.connect("a", other.id, { driverOptions }), /interface lan0 already exists/);
  const next = await service.sandboxes.connect("a", other.id, { gatewayPriority: 1 });
  assert.equal(next.interface, "eth1", "as with dockerd the number of one that failed is not given again");
  const routes = within(a.netns, () => readFileSync("/proc/net/route", "utf8"));
  assert.match(routes, /^eth1\t00000000/m, "the higher priority is the way out");
  await service.sandboxes.close("a");
  await service.remove("app");
  await service.remove("other");
});
