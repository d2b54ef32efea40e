import type { IncomingMessage, ServerResponse } from "node:http";
import { PassThrough, type Readable } from "node:stream";

/** How long a client may go on sending what nobody reads any more, so that it gets to read the answer. Milliseconds. */
const patience = 2_000;

/**
 * A request's body that a route may give up without the connection: destroying it leaves the socket, on which the
 * refusal is still to be written. Fails when the client goes away before its end.
 */
export function requestBody(request: IncomingMessage): Readable {
  const body = new PassThrough({ highWaterMark: 256 * 1024 });
  const gone = () => body.destroy(new Error("the client has closed the connection"));
  request.on("error", gone);
  request.on("close", () => {
    if (!request.complete) gone();
  });
  // Without a reader the error would be nobody's.
  body.on("error", () => undefined);
  request.pipe(body);
  return body;
}

/**
 * After an answer that came before the body's end: throws away what still comes for a while, since a connection that
 * is closed with unread data takes the answer with it; then closes it.
 */
export function discardRest(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) {
    return;
  }
  request.unpipe();
  request.resume();
  response.on("finish", () => {
    const timer = setTimeout(() => request.socket.destroySoon(), patience);
    request.on("end", () => clearTimeout(timer));
    request.on("close", () => clearTimeout(timer));
  });
}
