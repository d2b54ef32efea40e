import type { Readable } from "node:stream";

export type Headers = Record<string, string>;

/** Both directions of a connection that a client has upgraded (attach, exec). */
export interface RawStream {
  /** what the client sends; ends when the client closes its writing half */
  readonly input: AsyncIterable<Buffer>;
  /** Waits for the client to take it (back-pressure). @throws when the client is gone */
  write(chunk: Uint8Array): Promise<void>;
}

/** Messages of a websocket: `attach/ws`. */
export interface SocketStream {
  readonly input: AsyncIterable<Buffer>;
  write(chunk: Uint8Array): Promise<void>;
}

/** What a request has changed, for the audit log: by name, what it was and what it is. Null: not set. */
export type Changes = Record<string, { from: unknown; to: unknown }>;

/** What a connection becomes that is taken over: a raw stream of that content type, or another protocol. */
export type Opening = { contentType: string } | { protocol: "h2c" };

/** What a route answers, as data: `send.ts` puts it on the wire. */
export type Reply =
  | { kind: "json"; status: number; value: unknown; headers: Headers; changes?: Changes }
  | { kind: "text"; status: number; text: string; headers: Headers }
  | { kind: "empty"; status: number; headers: Headers }
  /** Bytes of any length; headers go out at once. */
  | { kind: "bytes"; status: number; source: Readable | AsyncIterable<Uint8Array>; headers: Headers }
  /** Headers go out at once, one JSON value when it is known (`wait`). */
  | { kind: "deferred"; value: Promise<unknown> }
  /**
   * One JSON value a line. An error before the first line is an ordinary error answer; after it, it is the last
   * line, shaped by `lastLine` (Engine API: `{"errorDetail": {"message"}, "error"}`).
   */
  | {
      kind: "lines";
      produce: (write: (line: unknown) => Promise<void>) => Promise<void>;
      /** headers before the first line: for live streams that may stay silent */
      immediate: boolean;
      contentType: string;
      /** what ends a line: dockerd's progress ends it with CR and LF, what is no progress with LF */
      end: "\r\n" | "\n";
    }
  | { kind: "hijack"; opening: Opening; run: (stream: RawStream) => Promise<void> }
  | { kind: "websocket"; run: (stream: SocketStream) => Promise<void> };

export function json(value: unknown, status = 200, headers: Headers = {}): Extract<Reply, { kind: "json" }> {
  return { kind: "json", status, value, headers };
}

export function text(content: string, status = 200, headers: Headers = {}): Reply {
  return { kind: "text", status, text: content, headers };
}

export function empty(status = 204, headers: Headers = {}): Reply {
  return { kind: "empty", status, headers };
}

export function bytes(source: Readable | AsyncIterable<Uint8Array>, contentType: string, headers: Headers = {}): Reply {
  return { kind: "bytes", status: 200, source, headers: { "Content-Type": contentType, ...headers } };
}

export function lines(
  produce: (write: (line: unknown) => Promise<void>) => Promise<void>,
  options: { immediate?: boolean; contentType?: string; end?: "\r\n" | "\n" } = {},
): Reply {
  return {
    kind: "lines",
    produce,
    immediate: options.immediate ?? false,
    contentType: options.contentType ?? "application/json",
    end: options.end ?? "\r\n",
  };
}

/** The last line of a stream of progress that failed (Engine API, JSON progress messages). */
export function errorLine(message: string, code?: number): object {
  return { errorDetail: code === undefined ? { message } : { code, message }, error: message };
}
