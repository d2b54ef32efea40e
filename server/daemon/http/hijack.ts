import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable, type Duplex } from "node:stream";
import { headTaken } from "./head-taken.ts";
import { HttpError } from "./http-status.ts";
import type { Opening, RawStream } from "./reply.ts";
import { writeChunk } from "./send.ts";

/** Bytes of JSON that may come before the raw stream begins. */
const preludeLimit = 1024 * 1024;

/**
 * The body of a request whose connection is taken over. Node's parser stops after its headers: the body (`exec` sends
 * one) is still in `head` and in the socket. What follows it stays in the socket.
 * A chunked one cannot be told from the raw stream: whoever reads it gets the error 411; `/session` does not.
 * @throws HttpError 413
 */
export async function preludeBody(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<Readable> {
  if (head.length > 0) {
    socket.unshift(head);
  }
  if (request.headers["transfer-encoding"] !== undefined) {
    return unreadable(new HttpError(411, "a request that upgrades its connection needs a Content-Length"));
  }
  const length = Number(request.headers["content-length"] ?? 0);
  if (!Number.isSafeInteger(length) || length > preludeLimit) {
    throw new HttpError(413, `the request's body is larger than ${preludeLimit} bytes`);
  }
  // node answers this where it reads the body itself (RFC 9110, 10.1.1).
  if (length > 0 && /^100-continue$/i.test(request.headers.expect ?? "")) socket.write("HTTP/1.1 100 Continue\r\n\r\n");
  return Readable.from(length === 0 ? [] : [await takeExactly(socket, length)], { objectMode: false });
}

/** A body that fails when it is read, not before. */
function unreadable(error: HttpError): Readable {
  return new Readable({
    read() {
      this.destroy(error);
    },
  });
}

async function takeExactly(socket: Duplex, length: number): Promise<Buffer> {
  for (;;) {
    const chunk = socket.read(length) as Buffer | null;
    if (chunk !== null) {
      return chunk;
    }
    if (socket.readableEnded || socket.destroyed) {
      throw new HttpError(400, "the connection ended within the request's body");
    }
    const done = new AbortController();
    await Promise.race(
      ["readable", "end", "close"].map((event) => once(socket, event, { signal: done.signal })),
    ).finally(() => done.abort());
  }
}

/**
 * Answers 101, or 200 to those who asked for no upgrade, and gives the connection to `run`; the client may close its
 * half first. Ends the connection.
 */
export async function runRaw(
  socket: Duplex,
  upgraded: boolean,
  opening: Opening,
  run: (stream: RawStream) => Promise<void>,
): Promise<void> {
  socket.write(`${answerHead(upgraded, opening)}\r\n`);
  let taken: Promise<void> | undefined;
  const write = async (chunk: Uint8Array) => {
    await (taken ??= headTaken(socket));
    await writeChunk(socket, chunk);
  };
  try {
    await run({ input: quietInput(socket), write });
  } finally {
    socket.end();
    // A client that never closes its half must not hold the connection.
    socket.resume();
  }
}

/** dockerd's, which has words of its own for 101 where it makes a raw stream of the connection. */
function answerHead(upgraded: boolean, opening: Opening): string {
  if ("protocol" in opening) {
    return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${opening.protocol}\r\n`;
  }
  // A client that has not asked for an upgrade knows one kind of raw stream.
  return upgraded
    ? `HTTP/1.1 101 UPGRADED\r\nContent-Type: ${opening.contentType}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n`
    : "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n";
}

/** For a chunked body, which is the input: 200, then the raw stream until the connection closes. */
export async function runUnframed(
  request: IncomingMessage,
  response: ServerResponse,
  opening: Opening,
  run: (stream: RawStream) => Promise<void>,
): Promise<void> {
  response.shouldKeepAlive = false;
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, {
    ...("contentType" in opening ? { "Content-Type": opening.contentType } : {}),
    Connection: "close",
  });
  response.flushHeaders();
  await run({ input: quietInput(request), write: (chunk) => writeChunk(response, chunk) });
  response.end();
}

/** What the client sends. A connection that breaks is the end of it. Reading to the end leaves the socket writable. */
async function* quietInput(source: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      yield chunk as Buffer;
    }
  } catch {
    // The writing side finds out as well, and tells.
  }
}
