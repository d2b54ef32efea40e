/** Connections through the machine are counted by network: one cannot take the whole table. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, Socket } from "node:net";
import { after, test } from "node:test";
import { tcpConnection, tcpSocket } from "../../../server/engine/network/netlink/netns-sockets.ts";
import { internet, Machine, options, type TestNetns, tenant } from "./fixture.ts";

const machine = await Machine.create();
after(() => machine.close());
const host = await machine.engine(undefined, { most: 20, rate: 1_000, burst: 1_000 });
const server = createServer((socket) => socket.on("error", () => undefined).write("here"));
server.listen({ fd: tcpSocket(machine.outside.netns, "0.0.0.0", 80) });
after(() => server.close());

async function learner(id: string): Promise<TestNetns> {
  const service = host.service(tenant(id, "public"));
  const container = await machine.container({ user: true });
  await service.sandboxes.open(options(id, container));
  await service.sandboxes.connect(id, service.get("bridge").id);
  return container;
}

/** How many of `count` connections that stay open get through. */
async function opened(where: TestNetns, count: number): Promise<{ open: number; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  let open = 0;
  for (let tries = 0; tries < count; tries++) {
    try {
      const socket = new Socket({ fd: tcpConnection(where.netns, internet, 80) });
      sockets.push(socket);
      socket.write("");
      await once(socket, "data", { signal: AbortSignal.timeout(2_000) });
      open += 1;
    } catch {
      break; // refused at once, or reset
    }
  }
  return { open, sockets };
}

test("a network's connections come to an end, and another's begin all the same", async () => {
  const greedy = await learner("greedy");
  const modest = await learner("modest");
  const first = await opened(greedy, 40);
  assert.ok(first.open >= 15 && first.open <= 20, `${first.open} connections`);
  await host.refreshFirewall();
  assert.equal((await opened(greedy, 5)).open, 0, "also after the other rules were written anew");
  const other = await opened(modest, 5);
  assert.equal(other.open, 5);
  for (const socket of [...first.sockets, ...other.sockets]) socket.destroy();
});
