import { randomInt } from "node:crypto";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { isIPv6, Socket } from "node:net";
import { tcpConnection, udpSocket } from "../netlink/netns-sockets.ts";
import type { Netns } from "../netlink/netns.ts";
import { answers, type Query, rcodeOf, rcodes, withId } from "./codec.ts";

/** A server to ask; with `netns` it is asked from inside that namespace, as the container itself would. */
export interface Upstream {
  address: string;
  port?: number;
  netns?: Netns;
}

const maxMessage = 65_535;

/**
 * Passes queries on, one server after the other.
 *
 * Every query has a socket and an id of its own, so that answers cannot be forged by guessing one of them.
 */
export class Forwarder {
  readonly #timeout: number;
  readonly #limit: number;
  #pending = 0;

  /** @param options `timeout` per server in ms; `limit`: queries under way at once, more are refused */
  constructor(options: { timeout?: number; limit?: number } = {}) {
    this.#timeout = options.timeout ?? 2_500;
    this.#limit = options.limit ?? 100;
  }

  /** The first usable response, with the query's id, or undefined when no server gave one. */
  async ask(query: Query, protocol: "udp" | "tcp", upstreams: readonly Upstream[]): Promise<Uint8Array | undefined> {
    if (this.#pending >= this.#limit) {
      return undefined;
    }
    this.#pending++;
    try {
      let last: Uint8Array | undefined;
      for (const upstream of upstreams) {
        const response = await this.#askOne(query, protocol, upstream);
        if (response === undefined) {
          continue;
        }
        last = withId(response, query.id);
        const rcode = rcodeOf(response);
        if (rcode !== rcodes.SERVFAIL && rcode !== rcodes.REFUSED && rcode !== rcodes.NOTIMP) {
          return last;
        }
      }
      return last;
    } finally {
      this.#pending--;
    }
  }

  async #askOne(query: Query, protocol: "udp" | "tcp", upstream: Upstream): Promise<Uint8Array | undefined> {
    const id = randomInt(0x10000);
    const mine: Query = { ...query, id, bytes: withId(query.bytes, id) };
    try {
      return await (protocol === "udp" ? this.#overUdp(mine, upstream) : this.#overTcp(mine, upstream));
    } catch {
      return undefined; // a server that cannot be reached: the next one is asked, and the client told SERVFAIL at last
    }
  }

  #overUdp(query: Query, upstream: Upstream): Promise<Uint8Array | undefined> {
    const socket = openUdp(upstream);
    return new Promise((resolve) => {
      const finish = (response?: Uint8Array) => {
        clearTimeout(timer);
        socket.close();
        resolve(response);
      };
      const timer = setTimeout(finish, this.#timeout);
      socket.once("error", () => finish());
      socket.on("message", (message, from) => {
        if (from.port === (upstream.port ?? 53) && answers(message, query)) {
          finish(message);
        }
      });
      socket.send(query.bytes, upstream.port ?? 53, upstream.address, (error) => {
        if (error !== null) {
          socket.emit("error", error);
        }
      });
    });
  }

  #overTcp(query: Query, upstream: Upstream): Promise<Uint8Array | undefined> {
    const socket = openTcp(upstream);
    return new Promise((resolve) => {
      const finish = (response?: Uint8Array) => {
        clearTimeout(timer);
        socket.destroy();
        resolve(response);
      };
      const timer = setTimeout(finish, this.#timeout);
      let received = Buffer.alloc(0);
      socket.once("error", () => finish());
      socket.once("close", () => finish());
      socket.on("data", (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]).subarray(0, maxMessage + 2);
        if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
          const message = received.subarray(2, 2 + received.readUInt16BE(0));
          finish(answers(message, query) ? message : undefined);
        }
      });
      socket.write(framed(query.bytes));
    });
  }
}

/** A message with its length before it, as DNS over TCP wants it (RFC 1035, 4.2.2). */
export function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

function openUdp(upstream: Upstream): UdpSocket {
  if (upstream.netns === undefined) {
    return createSocket(isIPv6(upstream.address.replace(/%.*$/, "")) ? "udp6" : "udp4");
  }
  const v6 = isIPv6(upstream.address);
  const socket = createSocket(v6 ? "udp6" : "udp4");
  socket.bind({ fd: udpSocket(upstream.netns, v6 ? "::" : "0.0.0.0", 0) });
  return socket;
}

function openTcp(upstream: Upstream): Socket {
  if (upstream.netns === undefined) {
    const socket = new Socket();
    return socket.connect(upstream.port ?? 53, upstream.address);
  }
  return new Socket({ fd: tcpConnection(upstream.netns, upstream.address, upstream.port ?? 53) });
}
