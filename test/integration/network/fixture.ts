import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { createServer, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import koffi from "koffi";
import { Database } from "../../../server/engine/metadata/database.ts";
import {
  encodeQuery,
  encodeResponse,
  parseQuery,
  rcodes,
  recordTypes,
} from "../../../server/engine/network/dns/codec.ts";
import { HostResolvers } from "../../../server/engine/network/dns/host-resolvers.ts";
import { Links } from "../../../server/engine/network/netlink/links.ts";
import { Netns } from "../../../server/engine/network/netlink/netns.ts";
import { tcpConnection, tcpSocket, udpSocket } from "../../../server/engine/network/netlink/netns-sockets.ts";
import type { ConnectionLimits } from "../../../server/engine/network/guard-rules.ts";
import { NetworkHost } from "../../../server/engine/network/network-host.ts";
import { RemoteDrivers } from "../../../server/engine/network/remote-drivers.ts";
import type { SandboxOptions } from "../../../server/engine/network/network-service.ts";
import { policies } from "../../../server/engine/tenants/policy.ts";
import type { Tenant, TenantId } from "../../../server/engine/tenants/tenant.ts";

/** The "outside": one server at `internet`, which sees this machine as `hostAddress`. */
export const internet = "203.0.113.1";
export const hostAddress = "203.0.113.2";

/**
 * A machine for one test file: this process moves into a network namespace of its own, joined to another that plays
 * the internet. Nothing it does is seen by the real host's network.
 */
export class Machine {
  readonly directory = mkdtempSync(join(tmpdir(), "drydock-net-"));
  readonly outside: TestNetns;
  readonly #children: ChildProcess[] = [];
  readonly #hosts: NetworkHost[] = [];

  private constructor(outside: TestNetns, children: ChildProcess[]) {
    this.outside = outside;
    this.#children = children;
  }

  static async create(): Promise<Machine> {
    const unshare = koffi.load("libc.so.6").func("int unshare(int)") as (flags: number) => number;
    assert.equal(unshare(0x40000000), 0, "unshare(CLONE_NEWNET) needs root");
    const children: ChildProcess[] = [];
    const outside = await newNetns(children, false);
    writeFileSync("/proc/sys/net/ipv4/ip_forward", "0"); // else it is the real host's at this moment
    using links = new Links();
    links.setUp(1);
    // a bridge with one port stands for the network card
    const card = links.createBridge("card", "02:00:00:00:00:02", 1400);
    links.addAddress(card, hostAddress, 24);
    links.createVeth("cable", card, 1400, { name: "eth0", mac: "02:00:00:00:00:01", netns: outside.netns });
    links.setDefaultRoute(internet, card);
    using far = new Links(outside.netns);
    far.setUp(1);
    far.addAddress(far.index("eth0") ?? 0, internet, 24);
    far.setUp(far.index("eth0") ?? 0);
    return new Machine(outside, children);
  }

  /** A "container": a process in a new network namespace, in a user namespace of its own when `user`. */
  async container(options: { user?: boolean } = {}): Promise<TestNetns> {
    return await newNetns(this.#children, options.user ?? false);
  }

  /** An engine's networks; `path` names the metadata file, so that a second one is a restart. */
  async engine(path = "metadata.db", connections?: ConnectionLimits, name = "tb"): Promise<NetworkHost> {
    writeFileSync(join(this.directory, "resolv.conf"), `nameserver ${internet}\n`);
    const host = new NetworkHost({
      database: new Database(join(this.directory, path)),
      table: name === "tb" ? "ddtest" : `ddtest-${name}`,
      ...(connections === undefined ? {} : { connections }),
      bridgePrefix: `${name}-`,
      vethPrefix: `${name}v`,
      resolvers: new HostResolvers(join(this.directory, "resolv.conf")),
      remoteDrivers: new RemoteDrivers({ sockets: this.directory, specs: [join(this.directory, "specs")] }),
    });
    this.#hosts.push(host);
    await host.start();
    return host;
  }

  async close(): Promise<void> {
    for (const host of this.#hosts) {
      await host.shutdown({ remove: true });
    }
    for (const child of this.#children) {
      child.kill("SIGKILL");
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface TestNetns {
  pid: number;
  path: string;
  netns: Netns;
}

async function newNetns(children: ChildProcess[], user: boolean): Promise<TestNetns> {
  const own = readlinkSync("/proc/thread-self/ns/net");
  const child = spawn("unshare", [...(user ? ["-U", "-r"] : []), "-n", "sleep", "300"], { stdio: "ignore" });
  children.push(child);
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  for (let tries = 0; tries < 500; tries++) {
    if (readFileSync(`/proc/${pid}/comm`, "utf8") === "sleep\n" && readlinkSync(`/proc/${pid}/ns/net`) !== own) {
      return { pid, path: `/proc/${pid}/ns/net`, netns: new Netns(`/proc/${pid}/ns/net`) };
    }
    await sleep(10);
  }
  throw new Error("unshare made no network namespace");
}

export function tenant(id: string, policy: Tenant["policy"] = "open"): Tenant {
  return {
    id: id as TenantId,
    policy,
    rules: policies[policy],
    limits: { networks: 3 },
    idMap: { hostBase: 100_000, size: 65_536 },
    cgroupParent: `/drydock/${id}`,
    createdAt: 0,
  };
}

export function options(id: string, where: TestNetns, names = [id], servers: string[] = []): SandboxOptions {
  return { id, netns: where.path, names, dns: { servers, search: [], options: [] }, door: false };
}

/** A TCP server in `where` that tells every client the address it came from. */
export async function tcpEcho(where: TestNetns, port: number, at = "0.0.0.0"): Promise<Disposable> {
  const server = createServer((connection) => {
    connection.on("error", () => undefined);
    connection.end(connection.remoteAddress ?? "");
  });
  server.listen({ fd: tcpSocket(where.netns, at, port) });
  await once(server, "listening");
  return { [Symbol.dispose]: () => server.close() };
}

/** What a server at `address:port` says to a client in `where` (this process's namespace without), or why there is none. */
export async function talk(where: TestNetns | undefined, address: string, port: number): Promise<string> {
  let socket: Socket;
  try {
    socket =
      where === undefined
        ? new Socket().connect(port, address)
        : new Socket({ fd: tcpConnection(where.netns, address, port) });
  } catch {
    return "unreachable"; // no route: connect(2) says so at once
  }
  socket.setTimeout(500, () => socket.destroy(new Error("timeout")));
  let said = "";
  socket.on("data", (chunk: Buffer) => (said += chunk.toString()));
  socket.write("");
  return await new Promise((resolve) => {
    socket.on("error", () => resolve("unreachable"));
    socket.on("close", () => resolve(said === "" ? "unreachable" : said));
  });
}

/** A UDP server in `where` that answers with the sender's address. */
export function udpEcho(where: TestNetns, port: number): Disposable {
  const socket = createSocket("udp4");
  socket.on("message", (_, from) => socket.send(from.address, from.port, from.address));
  socket.bind({ fd: udpSocket(where.netns, "0.0.0.0", port) });
  return { [Symbol.dispose]: () => socket.close() };
}

/** Sends one datagram and returns the answer; undefined after a second without. */
export async function datagram(
  where: TestNetns | undefined,
  address: string,
  port: number,
  message: Uint8Array | string = "hello",
): Promise<Buffer | undefined> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  if (where !== undefined) {
    socket.bind({ fd: udpSocket(where.netns, "0.0.0.0", 0) });
  }
  try {
    const answer = once(socket, "message", { signal: AbortSignal.timeout(1_000) });
    socket.send(message, port, address);
    const [data] = (await answer) as [Buffer];
    return data;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

/** Asks the embedded DNS, or the one at `server`: addresses found, or the response code. */
export async function resolve(
  where: TestNetns,
  name: string,
  type: number = recordTypes.A,
  server = "127.0.0.11",
): Promise<string[] | number> {
  const query = encodeQuery(99, name, type);
  const response = await datagram(where, server, 53, query);
  if (response === undefined) {
    return -1;
  }
  const rcode = (response[3] ?? 0) & 15;
  if (rcode !== rcodes.NOERROR) {
    return rcode;
  }
  const found: string[] = [];
  const length = type === recordTypes.AAAA ? 16 : 4;
  for (let offset = query.length; offset + 12 + length <= response.length; offset += 12 + length) {
    const bytes = response.subarray(offset + 12, offset + 12 + length);
    found.push(length === 4 ? bytes.join(".") : bytes.toString("hex"));
  }
  return found.toSorted();
}

/** A DNS server outside: knows `deb.example` (198.51.100.7), nothing else. @returns names it was asked for */
export function outsideDns(machine: Machine): { asked: string[] } & Disposable {
  const asked: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (message, from) => {
    const query = parseQuery(message);
    if (query?.question !== undefined) {
      asked.push(query.question.name);
      const known = query.question.name === "deb.example";
      const data = Uint8Array.of(198, 51, 100, 7);
      const response = known
        ? encodeResponse(query, rcodes.NOERROR, [{ type: recordTypes.A, ttl: 5, data }])
        : encodeResponse(query, rcodes.NXDOMAIN);
      socket.send(response, from.port, from.address);
    }
  });
  socket.bind({ fd: udpSocket(machine.outside.netns, "0.0.0.0", 53) });
  return { asked, [Symbol.dispose]: () => socket.close() };
}
