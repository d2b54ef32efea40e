import type { IncomingMessage, ServerResponse } from "node:http";
import { PassThrough, type Readable } from "node:stream";

/** How long a client may go on sending what nobody reads any more, so that it gets to read the answer. Milliseconds. */
const patience = 2_000;

/**
 * A request's body that a route may give up without the connection: destroying it leaves the socket, on which the
 * refusal is still to be written. Fails when the client goes away before its end. Of one that nobody reads little is held.
 * @param wanted called when somebody begins to read it: the client waits for that (RFC 9110, 10.1.1)
 */
export function requestBody(request: IncomingMessage, wanted?: () => void): Readable {
  const body = new PassThrough({ highWaterMark: 256 * 1024 });
  const gone = () => body.destroy(new Error("the client has closed the connection"));
  request.on("error", gone);
  request.on("close", () => {
    if (!request.complete) gone();
  });
  // Without a reader the error would be nobody's.
  body.on("error", () => undefined);
  beginWhenRead(body, () => {
    wanted?.();
    request.pipe(body);
  });
  return body;
}

function beginWhenRead(body: PassThrough, begin: () => void): void {
  const read = body._read.bind(body);
  let begun = false;
  body._read = (size) => {
    if (!begun) {
      begun = true;
      begin();
    }
    read(size);
  };
}

/**
 * Lets a route answer before the body's end: what still comes then is thrown away for a while, since a connection that is
 * closed with unread data takes the answer with it. So it is closed here, not by Node, where the client wants that. Call
 * before the answer begins.
 */
export function allowEarlyAnswer(request: IncomingMessage, response: ServerResponse): void {
  const { "transfer-encoding": chunked, "content-length": length } = request.headers;
  // An older protocol's answers end with their connection.
  if (request.httpVersion !== "1.1" || (chunked === undefined && Number(length ?? 0) === 0)) return;
  const { socket } = request;
  const closes = !response.shouldKeepAlive;
  response.shouldKeepAlive = true;
  response.on("finish", () => {
    const close = () => socket.destroySoon();
    if (request.complete) {
      if (closes) close();
      return;
    }
    request.unpipe();
    request.resume();
    const timer = setTimeout(close, patience);
    request.on("end", () => {
      clearTimeout(timer);
      if (closes) close();
    });
    request.on("close", () => clearTimeout(timer));
  });
}

/** How much of a body that nobody wants is read before the answer (Go, net/http, maxPostHandlerReadBytes). */
const readAhead = 256 * 1024;
/** ms; Go waits for as long as it takes */
const readAheadTime = 250;

/**
 * Reads on for a moment before a refusal is sent: a client that is answered while it still writes may report that its own
 * body was cut off (the CLI prints it) instead of what is wrong. Not of a body that waits to be asked for.
 */
export async function readOn(request: IncomingMessage): Promise<void> {
  const waits = request.headers.expect !== undefined && request.readableFlowing === null;
  if (request.complete || request.destroyed || waits) return;
  let bytes = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > readAhead) resolve();
  };
  const timer = setTimeout(resolve, readAheadTime);
  request.unpipe();
  request.on("data", count).on("end", resolve).on("close", resolve).resume();
  await promise;
  clearTimeout(timer);
  request.off("data", count).off("end", resolve).off("close", resolve);
}
