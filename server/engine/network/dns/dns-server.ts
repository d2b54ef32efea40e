import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";
import { messageOf } from "../../errdefs/errors.ts";
import { isErrno } from "../netlink/kernel-error.ts";
import { tcpSocket, udpSocket } from "../netlink/netns-sockets.ts";
import type { Netns } from "../netlink/netns.ts";
import { type Answer, encodeResponse, parseQuery, type Question, rcodes } from "./codec.ts";
import { type Forwarder, framed, type Upstream } from "./forwarder.ts";

/** Where containers find their resolver, as with Docker. */
export const resolverAddress = "127.0.0.11";

const maxQuery = 4_096;
const maxConnections = 32;
const idleTimeout = 10_000;
const maxQueriesPerSecond = 2_000;
/** a connection's price in queries */
const connectionCost = 5;

/** Where a server listens, in which network namespace. */
export interface DnsPlace {
  netns: Netns;
  address: string;
  port: number;
}

/** Names that a sandbox may have of those that the engine does not know. */
export interface OutsideNames {
  allows(name: string): boolean;
  /** Called with the answer about a name that is allowed, before the asker has it. */
  answered(response: Uint8Array): Promise<void>;
}

export interface DnsServerOptions {
  /** The answer from what the engine knows itself; undefined passes the question on. */
  answer(question: Question): { rcode: number; answers: Answer[] } | undefined;
  /** asked for everything else, in order */
  upstreams(): Upstream[];
  forwarder: Forwarder;
  /** what names of the outside may be asked for; undefined: all */
  outside?: OutsideNames | undefined;
  /** tells the operator why the server is gone for good */
  warn(message: string): void;
}

/**
 * The embedded DNS server of one sandbox, on UDP and TCP: on 127.0.0.11:53 inside its network namespace, or at a place
 * outside that the firewall leads its questions to.
 *
 * Its clients are hostile by assumption: sizes, connections and queries under way are bounded, whatever cannot be
 * understood gets FORMERR or silence, and floods are cut off.
 */
export class DnsServer {
  readonly #options: DnsServerOptions;
  readonly #connections = new Set<Socket>();
  #udp: UdpSocket | undefined;
  #tcp: Server | undefined;
  #place: DnsPlace | undefined;
  #pause: NodeJS.Timeout | undefined;
  #window = 0;
  #load = 0;

  constructor(options: DnsServerOptions) {
    this.#options = options;
  }

  /** The address must be up in the namespace, which must stay open until `close`. @throws KernelError when the port is taken there */
  async listen(place: DnsPlace): Promise<void> {
    this.#place = place;
    try {
      this.#listenUdp(place);
      await this.#listenTcp(place);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Idempotent. */
  close(): void {
    clearTimeout(this.#pause);
    this.#place = undefined;
    this.#closeSockets();
  }

  #listenUdp({ netns, address, port }: DnsPlace): void {
    const udp = createSocket("udp4");
    this.#udp = udp;
    // late errors are answers that could not be delivered: the client asks again
    udp.on("error", () => undefined);
    udp.on("message", (message, from) => {
      // Who sends from no port, which takes a raw socket, cannot be answered: send() would throw.
      if (this.#udp !== udp || from.port === 0 || this.#overloaded(1)) {
        return;
      }
      void this.#respond(message, "udp").then((response) => {
        if (response !== undefined && this.#udp === udp) {
          udp.send(response, from.port, from.address, () => undefined);
        }
      });
    });
    udp.bind({ fd: udpSocket(netns, address, port) });
  }

  async #listenTcp({ netns, address, port }: DnsPlace): Promise<void> {
    const tcp = createServer({ noDelay: true }, (connection) => this.#serve(connection));
    this.#tcp = tcp;
    tcp.maxConnections = maxConnections;
    const fd = tcpSocket(netns, address, port);
    await new Promise<void>((resolve, reject) => {
      tcp.once("error", reject);
      tcp.listen({ fd }, () => {
        tcp.off("error", reject);
        tcp.on("error", () => undefined); // e.g. out of descriptors for a moment
        resolve();
      });
    });
  }

  #closeSockets(): void {
    this.#udp?.close();
    this.#tcp?.close();
    this.#udp = undefined;
    this.#tcp = undefined;
    for (const connection of this.#connections) {
      connection.destroy();
    }
  }

  /**
   * Counts `cost` queries. A flood would be worked off in `drydockd`, outside the container's own CPU limit: past
   * the limit the server is away for a second, so that the kernel refuses the rest.
   */
  #overloaded(cost: number): boolean {
    const now = Date.now();
    if (now - this.#window >= 1_000) {
      this.#window = now;
      this.#load = 0;
    }
    this.#load += cost;
    if (this.#load <= maxQueriesPerSecond) {
      return false;
    }
    this.#closeSockets();
    this.#pause = setTimeout(() => {
      const place = this.#place;
      if (place !== undefined) {
        this.listen(place).catch((error: unknown) => {
          // the container may have taken the port meanwhile: it has chosen to be without this resolver
          if (!isTaken(error))
            this.#options.warn(`no name server at ${place.address} any more after a flood: ${messageOf(error)}`);
        });
      }
    }, 1_000).unref();
    return true;
  }

  #serve(connection: Socket): void {
    this.#connections.add(connection);
    let received = Buffer.alloc(0);
    connection.setTimeout(idleTimeout, () => connection.destroy());
    connection.on("error", () => connection.destroy());
    connection.on("close", () => this.#connections.delete(connection));
    if (this.#overloaded(connectionCost)) {
      return; // it has been closed with the rest
    }
    connection.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const message = received.subarray(2, end);
        received = received.subarray(end);
        if (this.#overloaded(1)) {
          return;
        }
        void this.#respond(message, "tcp").then((response) => {
          if (response === undefined) {
            connection.destroy();
          } else if (!connection.destroyed) {
            connection.write(framed(response));
          }
        });
      }
      // more than one query in waiting, or a length that no query has, or a client that does not read
      if (received.length > maxQuery + 2 || connection.writableLength > 1 << 20) {
        connection.destroy();
      }
    });
  }

  /** Never rejects. */
  async #respond(message: Uint8Array, protocol: "udp" | "tcp"): Promise<Uint8Array | undefined> {
    const query = message.length > maxQuery ? undefined : parseQuery(message);
    if (query === undefined) {
      return undefined;
    }
    if (query.opcode !== 0) {
      return encodeResponse(query, rcodes.NOTIMP);
    }
    if (query.question === undefined) {
      return encodeResponse(query, rcodes.FORMERR);
    }
    try {
      const local = this.#options.answer(query.question);
      if (local !== undefined) {
        return encodeResponse(query, local.rcode, local.answers, protocol === "udp" ? 512 : 16_384);
      }
      const { outside } = this.#options;
      if (outside?.allows(query.question.name) === false) {
        return encodeResponse(query, rcodes.REFUSED);
      }
      const response = await this.#options.forwarder.ask(query, protocol, this.#options.upstreams());
      if (response !== undefined) await outside?.answered(response);
      return response ?? encodeResponse(query, rcodes.SERVFAIL);
    } catch {
      return encodeResponse(query, rcodes.SERVFAIL); // the client sees that it failed
    }
  }
}

function isTaken(error: unknown): boolean {
  return isErrno(error, "EADDRINUSE") || (error as NodeJS.ErrnoException).code === "EADDRINUSE";
}
