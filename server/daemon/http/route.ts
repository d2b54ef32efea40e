import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { ApiVersion } from "./api-version.ts";
import type { HeldBytes } from "./held-bytes.ts";
import type { Query } from "./query.ts";
import type { Reply } from "./reply.ts";

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "DELETE";

/** One request, as a route sees it. */
export interface Call {
  readonly method: string;
  /** without the version prefix */
  readonly path: string;
  /** what stands for `{name}` in the route's path, decoded */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly headers: IncomingHttpHeaders;
  readonly version: ApiVersion;
  /** Aborted when the client goes away before it has the whole answer. */
  readonly signal: AbortSignal;
  /** the raw body */
  readonly body: Readable;
  /** what those of its tenant hold; undefined: as much as they like */
  readonly held?: HeldBytes;
}

export type Handler = (call: Call) => Reply | Promise<Reply>;

/**
 * One row of the table of routes. `{name}` in the path is one segment, `{name*}` any number, as
 * with dockerd (names of images), also none.
 */
export interface Route {
  method: Method;
  path: string;
  handle: Handler;
  /** the API's version that brought it: to clients of older ones it is not there */
  since?: string;
}

export function route(method: Method, path: string, handle: Handler, more: Pick<Route, "since"> = {}): Route {
  return { method, path, handle, ...more };
}
