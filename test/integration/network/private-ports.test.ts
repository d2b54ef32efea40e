import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { PortBinding } from "../../../server/engine/network/network-service.ts";
import { datagram, hostAddress, Machine, options, talk, tcpEcho, tenant, udpEcho } from "./fixture.ts";

const machine = await Machine.create();
after(() => machine.close());
const host = await machine.engine();
const ada = host.service(tenant("ada", "class"));
const bob = host.service(tenant("bob", "public"));

const workstation = await machine.container({ user: true });
const web = await machine.container({ user: true });
const other = await machine.container({ user: true });
const app = await ada.create({ name: "app" });
await ada.sandboxes.open({ ...options("workstation", workstation), door: true });
await ada.sandboxes.connect("workstation", ada.get("bridge").id);
await ada.sandboxes.open(options("web", web));
await ada.sandboxes.connect("web", app.id);
await bob.sandboxes.open(options("other", other));
await bob.sandboxes.connect("other", bob.get("bridge").id);
const servers = [await tcpEcho(web, 80), udpEcho(web, 53_000), await tcpEcho(other, 80)];
after(() => servers.forEach((server) => server[Symbol.dispose]()));

const binding = (hostPort: number, changes: Partial<PortBinding> = {}): PortBinding => ({
  protocol: "tcp",
  containerPort: 80,
  hostAddress: "",
  hostPort,
  ...changes,
});

test("a learner's published port answers at the workstation's localhost, and nowhere on the machine", async () => {
  const udp = binding(5300, { protocol: "udp", containerPort: 53_000 });
  const published = await ada.sandboxes.publish("web", [binding(8080), udp]);
  assert.deepEqual(
    published.map(({ hostAddress: address, hostPort }) => `${address}:${hostPort}`),
    ["0.0.0.0:8080", "0.0.0.0:5300"],
  );
  assert.notEqual(await talk(workstation, "127.0.0.1", 8080), "unreachable");
  assert.notEqual(await datagram(workstation, "127.0.0.1", 5300), undefined);
  assert.equal(await talk(machine.outside, hostAddress, 8080), "unreachable", "from outside");
  assert.equal(await talk(undefined, "127.0.0.1", 8080), "unreachable", "from the machine");
  assert.equal(await talk(other, hostAddress, 8080), "unreachable", "from a neighbour");
});

test("learners do not get into each other's way, only into their own", async () => {
  await bob.sandboxes.publish("other", [binding(8080)]);
  await assert.rejects(ada.sandboxes.publish("web", [binding(8080)]), /Bind for 0.0.0.0:8080 failed: port is already/);
  using _taken = await tcpEcho(workstation, 9000);
  await assert.rejects(
    ada.sandboxes.publish("web", [binding(9000)]),
    /listen tcp4 0.0.0.0:9000: bind: address already/,
  );
});

test("a workstation that starts later has the ports too; a closed container gives them back", async () => {
  await ada.sandboxes.close("workstation");
  const again = await machine.container({ user: true });
  await ada.sandboxes.open({ ...options("again", again), door: true });
  await ada.sandboxes.connect("again", ada.get("bridge").id);
  assert.notEqual(await talk(again, "127.0.0.1", 8080), "unreachable");
  await ada.sandboxes.close("web");
  assert.equal(await talk(again, "127.0.0.1", 8080), "unreachable");
});
