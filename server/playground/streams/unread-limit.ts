import type { Server } from "socket.io";
import type { PlaygroundSocket } from "./socket-gate.ts";

/** What pages may leave unread: it waits in this server's memory. Bytes. */
const most = { ofPage: 16 * 2 ** 20, ofAll: 256 * 2 ** 20 };

interface Packet {
  data?: string | Buffer | ArrayBuffer;
}

/**
 * Closes connections that do not read what they are sent. Whoever sends waits for a page to confirm what has come
 * (`Window`), but a page may confirm what it has not read.
 */
export class UnreadLimit {
  readonly #most: typeof most;
  #all = 0;

  constructor(size = most) {
    this.#most = size;
  }

  watch(engine: Server["engine"]): void {
    engine.on("connection", (connection: PlaygroundSocket["conn"]) => {
      let own = 0;
      const settle = (): void => {
        this.#all -= own;
        own = 0;
      };
      // What was sent before is on its way when these go: until then they are kept.
      connection.on("packetCreate", ({ data = "" }: Packet) => {
        const size = typeof data === "string" ? data.length : data.byteLength;
        own += size;
        this.#all += size;
        const { ofPage, ofAll } = this.#most;
        // When all is taken, those who have more than a little waiting.
        if (own > ofPage || (this.#all > ofAll && own > ofPage / 16)) end(connection);
      });
      connection.on("drain", settle);
      connection.once("close", settle);
    });
  }
}

function end(connection: PlaygroundSocket["conn"]): void {
  connection.close(true);
  // A websocket's end waits half a minute for the answer of who does not read.
  const { socket } = connection.transport as unknown as { socket?: { terminate?: () => void } };
  socket?.terminate?.();
}
