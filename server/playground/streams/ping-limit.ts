import type { Server } from "socket.io";
import { TokenBucket } from "../../contract/token-bucket.ts";
import type { PlaygroundSocket } from "./socket-gate.ts";

/** Pings of a websocket's own (RFC 6455, 5.5.2), which pages send none of, and proxies some: at once, and per second. */
const pings = { burst: 30, perSecond: 1 };

/** The websocket beneath a connection; while it is polled there is none. */
interface Transport {
  socket?: { on?: (event: "ping", listener: () => void) => void; terminate?: () => void };
}

/**
 * Closes connections that ping without end. Each is answered by the websocket itself, which nothing else here sees, and
 * the answers that nobody reads wait in memory.
 */
export function limitPings(engine: Server["engine"]): void {
  engine.on("connection", (connection: PlaygroundSocket["conn"]) => {
    const watch = (transport: unknown): void => {
      const { socket } = transport as Transport;
      const bucket = new TokenBucket(() => pings);
      socket?.on?.("ping", () => {
        if (!bucket.take(1)) socket.terminate?.();
      });
    };
    watch(connection.transport);
    // One that is polled goes over to a websocket, which is tried before.
    connection.on("upgrading", watch);
  });
}
