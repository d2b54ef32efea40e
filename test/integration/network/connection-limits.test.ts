/** Connections through the machine are counted by network, and bytes by tenant: one cannot take all there is. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
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

async function learner(id: string, limits = {}): Promise<TestNetns> {
  const service = host.service({ ...tenant(id, "public"), limits });
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
      socket.on("error", () => undefined); // also after this has seen it
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

/** Bytes of which a tenant had too many, by nftables' own count. */
function dropped(id: string): number {
  const text = execFileSync("nft", ["-j", "list", "counter", "inet", "ddtest", `over-${id}`], { encoding: "utf8" });
  const [{ counter } = {}] = (JSON.parse(text) as { nftables: { counter?: { bytes: number } }[] }).nftables.filter(
    (item) => item.counter !== undefined,
  );
  return counter?.bytes ?? 0;
}

test("what a tenant's networks carry is limited, another's is not", async () => {
  const big = Buffer.alloc(4 << 20);
  const source = createServer((socket) => socket.on("error", () => undefined).end(big));
  source.listen({ fd: tcpSocket(machine.outside.netns, "0.0.0.0", 8080) });
  after(() => source.close());
  const received = async (where: TestNetns): Promise<number> => {
    const socket = new Socket({ fd: tcpConnection(where.netns, internet, 8080) });
    let bytes = 0;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      // So much shows that it is carried at all.
      if (bytes > 1 << 20) break;
    }
    return bytes;
  };
  const slow = await learner("slow", { bandwidth: 1 << 20 });
  const fast = await learner("fast", { bandwidth: 1 << 30 });
  await host.refreshFirewall();
  for (const where of [slow, fast]) assert.ok((await received(where)) > 1 << 20);
  assert.ok(dropped("slow") > 0, "some of it was too fast");
  assert.equal(dropped("fast"), 0);
});
