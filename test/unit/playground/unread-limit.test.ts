import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo, Socket as TcpSocket } from "node:net";
import { test } from "node:test";
import { Server } from "socket.io";
import { io as connect, type Socket } from "socket.io-client";
import { UnreadLimit } from "../../../server/playground/streams/unread-limit.ts";

const mebibyte = 2 ** 20;

test("a page that reads nothing is let go before it fills the server; one that reads is sent all", async (t) => {
  const http = createServer();
  const server = new Server(http);
  new UnreadLimit({ ofPage: 8 * mebibyte, ofAll: 64 * mebibyte }).watch(server.engine);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const open = async (): Promise<Socket> => {
    const page = connect(url, { transports: ["websocket"], reconnection: false });
    t.after(() => page.close());
    await new Promise<void>((resolve) => page.once("connect", resolve));
    return page;
  };
  const [still, reading] = [await open(), await open()];
  const tcp = (still.io.engine.transport as unknown as { ws: { _socket: TcpSocket } }).ws._socket;
  tcp.pause();
  const bytes = { sent: 0, read: 0 };
  reading.on("data", (piece: Buffer) => (bytes.read += piece.length));
  const gone = new Promise<void>((resolve) =>
    server.sockets.sockets.get(still.id ?? "")?.once("disconnect", () => resolve()),
  );
  const piece = Buffer.alloc(mebibyte);
  for (let left = false; !left;) {
    assert.ok(bytes.sent < 100 * mebibyte, "nobody was let go");
    server.emit("data", piece);
    bytes.sent += piece.length;
    // The one that reads keeps up.
    while (bytes.read < bytes.sent) await new Promise((resolve) => setImmediate(resolve));
    left = await Promise.race([gone.then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))]);
  }
  assert.ok(reading.connected);
  assert.equal(server.sockets.sockets.size, 1);
});
