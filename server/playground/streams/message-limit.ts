import { randomUUID } from "node:crypto";
import type { Server } from "socket.io";
import { Rates } from "../http/rates.ts";
import type { PlaygroundSocket } from "./socket-gate.ts";

/** Messages of one session, in all of its pages: at once, and per second on the long run. Output is confirmed piece by piece. */
const messages = { burst: 30_000, perSecond: 6000 };

/** Any message counts, before it is looked at; a connection that nobody is known of yet has as many. */
export class MessageLimit {
  readonly #rates: Rates;
  /** by connection */
  readonly #sockets = new WeakMap<object, PlaygroundSocket>();

  constructor(size = messages) {
    this.#rates = new Rates(size);
  }

  /** A connection with too many is closed, and told why; the page connects anew. */
  watch(engine: Server["engine"]): void {
    engine.on("connection", (connection: PlaygroundSocket["conn"]) => {
      const unknown = randomUUID();
      connection.on("packet", () => {
        const socket = this.#sockets.get(connection);
        if (this.#rates.take(socket?.data.session ?? unknown)) return;
        socket?.emit("trouble", {
          message: "This page sends more messages than this server takes: it is connected anew in a moment.",
        });
        connection.close();
      });
    });
  }

  /** It is known who it is. */
  admitted(socket: PlaygroundSocket): void {
    this.#sockets.set(socket.conn, socket);
  }
}
