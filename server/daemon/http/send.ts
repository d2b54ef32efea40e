import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describeError, HttpError } from "./http-status.ts";
import { errorLine, type Reply } from "./reply.ts";

type Plain = Exclude<Reply, { kind: "hijack" } | { kind: "websocket" }>;

/** Puts a reply on the wire. @throws what the reply's own source throws, after part of it may have been sent */
export async function send(response: ServerResponse, reply: Plain): Promise<void> {
  switch (reply.kind) {
    case "json":
      sendJson(response, reply.status, reply.value, reply.headers);
      return;
    case "text":
      sendWhole(response, reply.status, Buffer.from(reply.text), {
        "Content-Type": "text/plain; charset=utf-8",
        ...reply.headers,
      });
      return;
    case "empty":
      // Go says of each answer without a body that it has none, but where there cannot be one.
      if (reply.status !== 204 && response.req.method !== "HEAD") {
        response.setHeader("Content-Length", "0");
      }
      response.writeHead(reply.status, reply.headers).end();
      return;
    case "bytes":
      response.writeHead(reply.status, reply.headers);
      response.flushHeaders();
      await pipeline(Readable.from(reply.source, { objectMode: false }), response);
      return;
    case "deferred":
      response.writeHead(200, { "Content-Type": "application/json" });
      response.flushHeaders();
      response.end(`${JSON.stringify(await reply.value)}\n`);
      return;
    case "lines":
      await sendLines(response, reply);
  }
}

/** Text without a word on what it is. */
export function sendBare(response: ServerResponse, status: number, text: string): void {
  sendWhole(response, status, Buffer.from(text), {});
}

/** The answer for an error, if the answer has not begun. @param asJson or in plain text, for clients of long ago */
export function sendError(response: ServerResponse, error: unknown, asJson: boolean): void {
  const { status, message } = describeError(error);
  const headers = error instanceof HttpError ? error.headers : {};
  if (response.headersSent) {
    response.destroy();
  } else if (status === 304) {
    response.writeHead(304).end();
  } else if (!asJson) {
    sendWhole(response, status, Buffer.from(`${message}\n`), {
      "Content-Type": "text/plain; charset=utf-8",
      "X-Content-Type-Options": "nosniff", // Go's http.Error
      ...headers,
    });
  } else {
    sendJson(response, status, { message }, headers);
  }
}

async function sendLines(response: ServerResponse, reply: Extract<Reply, { kind: "lines" }>): Promise<void> {
  const begin = () => {
    if (!response.headersSent) {
      response.writeHead(200, { "Content-Type": reply.contentType });
    }
  };
  const write = async (line: unknown) => {
    begin();
    await writeChunk(response, Buffer.from(`${JSON.stringify(line)}${reply.end}`));
  };
  if (reply.immediate) {
    begin();
    response.flushHeaders();
  }
  try {
    await reply.produce(write);
  } catch (error) {
    if (!response.headersSent) {
      throw error;
    }
    if (!response.destroyed) {
      await write(errorLine(describeError(error).message));
    }
  }
  begin();
  response.end();
}

/** Waits while the client's buffer is full. @throws when the client is gone */
export async function writeChunk(
  target: NodeJS.WritableStream & { destroyed?: boolean },
  chunk: Uint8Array,
): Promise<void> {
  if (target.destroyed === true) {
    throw new Error("the client has closed the connection");
  }
  if (!target.write(chunk)) {
    const done = new AbortController();
    try {
      await Promise.race([
        once(target, "drain", { signal: done.signal }),
        once(target, "close", { signal: done.signal }).then(() => {
          throw new Error("the client has closed the connection");
        }),
      ]);
    } finally {
      done.abort();
    }
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown, headers: Record<string, string>): void {
  sendWhole(response, status, Buffer.from(`${JSON.stringify(value)}\n`), {
    "Content-Type": "application/json",
    ...headers,
  });
}

function sendWhole(response: ServerResponse, status: number, body: Buffer, headers: Record<string, string>): void {
  response.writeHead(status, { ...headers, "Content-Length": String(body.length) }).end(body);
}
