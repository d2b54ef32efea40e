import type { IncomingMessage, ServerResponse } from "node:http";
import { parameterIn } from "../../contract/address-names.ts";
import type { Role } from "../../contract/together.ts";
import type { Access } from "./access.ts";
import { sendJson } from "./body.ts";
import { isDiskFull } from "./disk-full.ts";
import { Problem } from "./problem.ts";

export interface RouteContext {
  request: IncomingMessage;
  response: ServerResponse;
  /** the `:name` parts of the pattern, decoded */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** the parameter `path`, a file's name of any bytes (contract/address-names.ts) */
  path: string | undefined;
}

export interface Route {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** `/api/w/:workspace/builds` */
  pattern: string;
  /** who may: asked before `handle` is called */
  access: Access;
  /** answers, or throws a Problem */
  handle: (context: RouteContext) => Promise<void>;
}

type Measured = (method: string, route: string, status: number, seconds: number) => void;

/** Throws a Problem unless who asks is at least that in the workspace of the path. */
export type Gate = (context: Pick<RouteContext, "request" | "params">, least: Role) => Promise<unknown>;

const ofWorkspace = /^\/api\/w\/:workspace(\/|$)/;

/** Finds the route of a request, sees to it that the sender may use it, and turns what it throws into an answer. */
export class Router {
  readonly #routes: { route: Route; parts: string[] }[];
  readonly #gate: Gate;

  readonly #measured: Measured | undefined;

  /**
   * @param measured told of every answer: the route's pattern, the status, the seconds it took
   * @throws Error when a route's address and its access do not fit: what is a workspace's is not for anyone
   */
  constructor(routes: readonly Route[], gate: Gate, measured?: Measured) {
    for (const { method, pattern, access } of routes) {
      if (ofWorkspace.test(pattern) !== (access !== "anyone")) {
        throw new Error(`${method} ${pattern} is for ${access}: a route for roles begins with /api/w/:workspace`);
      }
    }
    this.#measured = measured;
    this.#routes = routes.map((route) => ({ route, parts: route.pattern.split("/") }));
    this.#gate = gate;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = performance.now();
    let pattern = "none";
    try {
      const url = new URL(request.url ?? "/", "http://page");
      const matching = this.#routes.flatMap(({ route, parts }) => {
        const params = match(parts, url.pathname.split("/"));
        return params === undefined ? [] : [{ route, params }];
      });
      const found = matching.find(({ route }) => route.method === request.method);
      if (found === undefined) throw new Problem(matching.length > 0 ? 405 : 404, "There is no such address.");
      ({ pattern } = found.route);
      const context = {
        request,
        response,
        params: found.params,
        query: url.searchParams,
        path: parameterIn(url.search, "path"),
      };
      const { access } = found.route;
      if (access !== "anyone") await this.#gate(context, access);
      await found.route.handle(context);
    } catch (error) {
      answer(response, error);
    }
    this.#measured?.(request.method ?? "", pattern, response.statusCode, (performance.now() - began) / 1000);
  }
}

function match(pattern: string[], path: string[]): Record<string, string> | undefined {
  if (pattern.length !== path.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const given = path[index] ?? "";
    if (!part.startsWith(":")) {
      if (part !== given) return undefined;
    } else {
      const value = decode(given);
      if (value === undefined || value === "") return undefined;
      params[part.slice(1)] = value;
    }
  }
  return params;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

const diskFull = new Problem(507, "The disk of the server is full: tell whoever runs it, and try again later.");
const unexpected = new Problem(500, "Something went wrong on the server.");

/** What ends a stream whose reader has gone: no failure of ours. */
const goneCodes = new Set(["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_UNABLE_TO_PIPE"]);

function answer(response: ServerResponse, error: unknown): void {
  const isGone = response.destroyed && goneCodes.has((error as NodeJS.ErrnoException).code ?? "");
  if (isGone) return;
  if (!(error instanceof Problem)) console.error("A request failed.", error);
  if (response.headersSent) {
    // Part of the answer is on its way: only breaking it off tells that it is not whole.
    response.destroy();
    return;
  }
  const { status, message, reason } = error instanceof Problem ? error : isDiskFull(error) ? diskFull : unexpected;
  sendJson(response, status, { message, ...(reason === undefined ? {} : { reason }) });
}
