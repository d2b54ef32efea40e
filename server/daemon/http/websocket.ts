import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { SocketStream } from "./reply.ts";

/** RFC 6455, 7.4.1 */
const normalClosure = 1000;

const server = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024 });

/** Accepts a websocket, gives it to `run` and closes it afterwards. */
export function runWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  run: (stream: SocketStream) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.handleUpgrade(request, socket, head, (client) => {
      run({ input: messages(client), write: (chunk) => sendMessage(client, chunk) })
        .finally(() => {
          // What it still sends is of no interest but for its answer to the end.
          client.resume();
          client.close(normalClosure);
        })
        .then(resolve, reject);
    });
  });
}

function sendMessage(client: WebSocket, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    client.send(chunk, { binary: true }, (error) => (error ? reject(error) : resolve()));
  });
}

async function* messages(client: WebSocket): AsyncGenerator<Buffer> {
  // `undefined` marks the end. The client is paused while a message waits, so the queue stays short.
  const queue: (Buffer | undefined)[] = [];
  let wake: (() => void) | undefined;
  const push = (message: Buffer | undefined) => {
    queue.push(message);
    wake?.();
  };
  client.on("message", (data: RawData) => {
    client.pause();
    push(Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]));
  });
  client.on("close", () => push(undefined));
  client.on("error", () => client.terminate());
  for (;;) {
    if (queue.length === 0) {
      client.resume();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    const next = queue.shift();
    if (next === undefined) {
      return;
    }
    yield next;
  }
}
