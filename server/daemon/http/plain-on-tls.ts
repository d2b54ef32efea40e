import type { Server } from "node:https";
import type { Socket } from "node:net";

/** What Go takes for a request in the clear, by the bytes of a TLS record's header (net/http, server.go, tlsRecordHeaderLooksLikeHTTP). */
const beginnings = ["GET /", "HEAD ", "POST ", "PUT /", "OPTIO"];
const headerLength = 5;
const answer = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/** Who speaks to a TLS server in the clear is told so, as by dockerd, instead of being hung up on. */
export function tellPlainClients(server: Server): void {
  const listeners = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const broken = () => socket.destroy();
    socket.on("error", broken);
    const look = () => {
      const header = socket.read(headerLength) as Buffer | null;
      if (header === null) return;
      socket.off("readable", look).off("error", broken);
      if (beginnings.includes(header.toString("latin1"))) {
        socket.on("error", broken).end(answer);
        socket.resume();
        return;
      }
      socket.unshift(header);
      for (const listener of listeners) listener.call(server, socket);
    };
    socket.on("readable", look);
  });
}
