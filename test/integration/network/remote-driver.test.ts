import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, test } from "node:test";
import { Links } from "../../../server/engine/network/netlink/links.ts";
import { Netns, within } from "../../../server/engine/network/netlink/netns.ts";
import { Machine, options, resolve, talk, tcpEcho, tenant } from "./fixture.ts";

const machine = await Machine.create();
after(() => machine.close());
const host = await machine.engine();
const service = host.service({ ...tenant("alice"), limits: {} });

interface Call {
  method: string;
  body: Record<string, unknown>;
}
const calls: Call[] = [];
let refuse = "";
let implemented = ["NetworkDriver", "IpamDriver"];

// The plugin: veth pairs on a bridge of its own.
const links = new Links();
const bridge = links.createBridge("plugged", "02:00:00:00:07:01", 1400);
links.addAddress(bridge, "10.88.0.1", 24);
links.setUp(bridge);
const own = new Netns("/proc/self/ns/net");

function answer({ method, body }: Call): object {
  const id = typeof body["EndpointID"] === "string" ? body["EndpointID"].slice(0, 8) : "";
  switch (method) {
    case "Plugin.Activate":
      return { Implements: implemented };
    case "NetworkDriver.GetCapabilities":
      return { Scope: "local" };
    case "NetworkDriver.CreateEndpoint":
      links.createVeth(`vh${id}`, bridge, 1400, { name: `vc${id}`, mac: "02:00:00:00:07:02", netns: own });
      return {
        Interface:
          (body["Interface"] as { MacAddress: string }).MacAddress === "" ? { MacAddress: "02:00:00:00:07:77" } : {},
      };
    case "NetworkDriver.Join":
      return {
        InterfaceName: { SrcName: `vc${id}`, DstPrefix: "eth" },
        Gateway: "10.88.0.1",
        StaticRoutes: [{ Destination: "10.99.0.0/16", RouteType: 0, NextHop: "10.88.0.9" }],
      };
    default:
      return {};
  }
}

const plugin = createServer((request, response) => {
  let text = "";
  request.on("data", (chunk: Buffer) => (text += chunk.toString()));
  request.on("end", () => {
    const call = { method: request.url?.slice(1) ?? "", body: JSON.parse(text === "" ? "{}" : text) as Call["body"] };
    calls.push(call);
    response.end(JSON.stringify(refuse !== "" && call.method.endsWith(refuse) ? { Err: "not today" } : answer(call)));
  });
});
plugin.listen(join(machine.directory, "plug.sock"));
await once(plugin, "listening");
after(() => plugin.close());

test("a plugin's network: it makes the devices, the engine gives addresses, names and routes", async () => {
  const ipam = [{ subnet: "10.88.0.0/24", gateway: "10.88.0.1" }];
  const network = await service.create({ name: "far", driver: "plug", ipam, options: { zone: "a" } });
  assert.deepEqual([network.driver, network.bridge], ["plug", ""]);
  const created = calls.find(({ method }) => method === "NetworkDriver.CreateNetwork")?.body;
  assert.deepEqual(created?.["IPv4Data"], [
    { AddressSpace: "LocalDefault", Pool: "10.88.0.0/24", Gateway: "10.88.0.1/24", AuxAddresses: {} },
  ]);
  assert.deepEqual((created?.["Options"] as Record<string, unknown> | undefined)?.["com.docker.network.generic"], {
    zone: "a",
  });
  assert.ok(service.drivers().includes("plug"));

  const [a, b] = [await machine.container({ user: true }), await machine.container({ user: true })];
  await service.sandboxes.open(options("a", a));
  await service.sandboxes.open(options("b", b));
  const first = await service.sandboxes.connect("a", network.id);
  const second = await service.sandboxes.connect("b", network.id, { ipv4: "10.88.0.50", mac: "02:42:00:00:00:50" });
  assert.deepEqual(
    [first.interface, first.ipv4, first.mac, first.gateway],
    ["eth0", "10.88.0.2", "02:00:00:00:07:77", "10.88.0.1"],
  );
  assert.equal(service.endpoints({ sandboxId: "a" })[0]?.mac, "02:00:00:00:07:77");
  assert.equal(second.mac, "02:42:00:00:00:50");
  const routes = within(a.netns, () => readFileSync("/proc/net/route", "utf8"));
  assert.match(routes, /^eth0\t00000000\t0100580A/m, "the default route is the plugin's");
  assert.match(routes, /^eth0\t0000630A\t0900580A/m, "and so are the static ones");
  using _server = await tcpEcho(b, 80);
  // The plugin does not wait until its own ends of the devices pass frames.
  let said = "unreachable";
  for (let tries = 0; tries < 20 && said === "unreachable"; tries++) said = await talk(a, "10.88.0.50", 80);
  assert.equal(said, "10.88.0.2");
  assert.deepEqual(await resolve(a, "b"), ["10.88.0.50"]);

  await service.sandboxes.disconnect("b", network.id);
  assert.doesNotMatch(
    within(b.netns, () => readFileSync("/proc/net/dev", "utf8")),
    /eth0/,
  );
  await service.sandboxes.close("a");
  await service.sandboxes.close("b");
  const left = calls.map(({ method }) => method).filter((method) => /Leave|DeleteEndpoint/.test(method));
  assert.deepEqual(
    left,
    ["Leave", "DeleteEndpoint", "Leave", "DeleteEndpoint"].map((name) => `NetworkDriver.${name}`),
  );
  await service.remove("far");
  assert.equal(calls.at(-1)?.method, "NetworkDriver.DeleteNetwork");
});

test("what a plugin refuses is told in its words, and leaves nothing", async () => {
  refuse = "CreateNetwork";
  await assert.rejects(service.create({ name: "x", driver: "plug" }), {
    message: "NetworkDriver.CreateNetwork: not today",
  });
  assert.throws(() => service.get("x"), { name: "NotFound" });
  refuse = "Join";
  const network = await service.create({ name: "x", driver: "plug" });
  const a = await machine.container();
  await service.sandboxes.open(options("a", a));
  await assert.rejects(service.sandboxes.connect("a", network.id), { message: "NetworkDriver.Join: not today" });
  assert.deepEqual(service.endpoints({ networkId: network.id }), []);
  refuse = "DeleteNetwork";
  await assert.rejects(service.remove("x"), { message: "NetworkDriver.DeleteNetwork: not today" });
  refuse = "";
  await service.sandboxes.close("a");
  await service.remove("x");
});

test("a plugin is not asked for addresses, and that is said: nothing is made", async () => {
  const plugged = { name: "x", ipamDriver: "plug" };
  await assert.rejects(service.create(plugged), {
    name: "NotImplemented",
    message: /the IPAM driver "plug" is a plugin.*: leave it out/,
  });
  implemented = ["NetworkDriver"];
  await assert.rejects(service.create(plugged), {
    name: "NotFound",
    message: "legacy plugin: Plugin does not implement the requested driver",
  });
  const notFound = { name: "NotFound", message: 'plugin "plug" not found' };
  await assert.rejects(host.service(tenant("guest", "class")).create(plugged), notFound);
  assert.throws(() => service.get("x"), { name: "NotFound" });
});

test("plugins are found by a socket or a file that names one, and are the operator's", async () => {
  await assert.rejects(service.create({ name: "x", driver: "nope" }), {
    name: "NotFound",
    message: 'plugin "nope" not found',
  });
  mkdirSync(join(machine.directory, "specs"));
  const address = `unix://${join(machine.directory, "plug.sock")}`;
  writeFileSync(join(machine.directory, "specs", "by-spec.spec"), `${address}\n`);
  writeFileSync(join(machine.directory, "specs", "by-json.json"), JSON.stringify({ Name: "by-json", Addr: address }));
  for (const driver of ["by-spec", "by-json"]) {
    assert.equal((await service.create({ name: driver, driver })).driver, driver);
    await service.remove(driver);
  }
  const learner = host.service(tenant("learner", "class"));
  await assert.rejects(learner.create({ name: "x", driver: "plug" }), { message: 'plugin "plug" not found' });
  assert.ok(!learner.drivers().includes("plug"));
});
