import { request as httpRequest } from "node:http";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream";
import type { Role } from "../../contract/together.ts";
import { readCookies, serializeCookie } from "../http/cookies.ts";
import { Problem } from "../http/problem.ts";
import { otherProtocol } from "./other-protocols.ts";
import type { PreviewGrant, PreviewGrants } from "./preview-grants.ts";
import type { PreviewTarget } from "./preview-host.ts";
import { previewCookieName } from "./preview-slots.ts";
import { previewMessage } from "./preview-messages.ts";

/** Finds where a granted port listens. @throws Problem when it does not, or for whose role in the workspace is less than `least` */
export type ResolvePreview = (grant: PreviewGrant, least: Role) => Promise<{ address: string; port: number }>;

export const openPath = "/.drydock/open";

/** RFC 9110, 9.2.1: they are for reading, which is all that who looks on may do. Anything else is an editor's. */
const readingMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** Where none is expected, many servers leave a body on the connection, and take it for the next request. */
function isReading({ method = "GET", headers }: IncomingMessage): boolean {
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  return readingMethods.has(method) && !hasBody;
}

/** RFC 9110, 7.6.1: these are between two neighbours. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Shows what a container serves on the container's own origin, to the browser that was granted it. */
export class PreviewProxy {
  readonly #grants: PreviewGrants;
  readonly #resolve: ResolvePreview;
  readonly #secure: boolean;

  constructor(grants: PreviewGrants, resolve: ResolvePreview, secure: boolean) {
    this.#grants = grants;
    this.#resolve = resolve;
    this.#secure = secure;
  }

  /** Never throws: a failure is a page in words. */
  async serve(request: IncomingMessage, response: ServerResponse, target: PreviewTarget | "unknown"): Promise<void> {
    try {
      if (target === "unknown") throw new Problem(404, "There is no preview under this name.");
      if (request.url?.startsWith(`${openPath}?`)) this.#handOver(request, response, target);
      else await this.#forward(request, response, this.#granted(request, target));
    } catch (error) {
      fail(request, response, error);
    }
  }

  /** A websocket, or whatever else the container upgrades to. */
  async upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    target: PreviewTarget | "unknown",
  ): Promise<void> {
    socket.on("error", () => socket.destroy());
    try {
      if (target === "unknown") throw new Problem(404, "There is no preview under this name.");
      // Browsers send websockets with cookies from anywhere: only the preview's own pages may.
      const { origin, host } = request.headers;
      if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)) {
        throw new Problem(403, "Only the preview's own pages may open a socket to it.");
      }
      // Nobody knows what is said on a socket.
      const upstream = await this.#resolve(this.#granted(request, target), "editor");
      tunnel(request, socket, head, upstream);
    } catch (error) {
      const status = error instanceof Problem ? error.status : 502;
      socket.end(`HTTP/1.1 ${status} Preview\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    }
  }

  #handOver(request: IncomingMessage, response: ServerResponse, target: PreviewTarget): void {
    const token = new URL(request.url ?? "", "http://preview").searchParams.get("token") ?? "";
    const grant = this.#grants.fromToken(token);
    if (grant === undefined || !matches(grant, target)) {
      throw new Problem(403, "This link has expired. Press Open in the workspace once more.");
    }
    const options = { maxAge: 43_200, httpOnly: true, sameSite: "Lax", secure: this.#secure } as const;
    response.writeHead(303, {
      location: "/",
      "set-cookie": serializeCookie(previewCookieName(grant.slot), this.#grants.cookie(grant), options),
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    });
    response.end();
  }

  #granted(request: IncomingMessage, target: PreviewTarget): PreviewGrant {
    const cookieName = previewCookieName("slot" in target ? target.slot : undefined);
    for (const [name, value] of readCookies(request.headers.cookie)) {
      const grant = name === cookieName ? this.#grants.fromCookie(value) : undefined;
      if (grant !== undefined && matches(grant, target)) return grant;
    }
    throw new Problem(403, "Only members of its workspace may see this container. Press Open in the workspace.");
  }

  async #forward(request: IncomingMessage, response: ServerResponse, grant: PreviewGrant): Promise<void> {
    const least = isReading(request) ? "viewer" : "editor";
    const { address, port } = await this.#resolve(grant, least);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const outgoing = httpRequest({
      host: address,
      port,
      method: request.method ?? "GET",
      path: request.url ?? "/",
      headers: requestHeaders(request),
      setHost: false,
    });
    outgoing.on("response", (incoming) => {
      if (response.destroyed) {
        // The browser has gone meanwhile.
        incoming.destroy();
        resolve();
        return;
      }
      try {
        response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, responseHeaders(incoming));
      } catch (cause) {
        // A status or a reason that no server gives. What is told instead has its own.
        response.statusMessage = "";
        incoming.destroy();
        reject(garbled(cause, grant));
        return;
      }
      response.flushHeaders();
      pipeline(incoming, response, () => resolve());
    });
    // Nobody has asked for another protocol.
    outgoing.on("upgrade", (_incoming, socket) => {
      socket.destroy();
      reject(garbled(undefined, grant));
    });
    outgoing.on("error", (error) => reject(otherProtocol(error, grant) ?? error));
    response.on("close", () => {
      outgoing.destroy();
      resolve();
    });
    request.pipe(outgoing);
    await promise;
  }
}

function garbled(cause: unknown, grant: PreviewGrant): Error {
  const error = Object.assign(new Error("not HTTP", { cause }), { code: "HPE_INVALID_STATUS" });
  return otherProtocol(error, grant) ?? error;
}

function matches(grant: PreviewGrant, target: PreviewTarget): boolean {
  if ("slot" in target) return grant.slot === target.slot;
  return grant.slot === undefined && grant.port === target.port && grant.container.startsWith(target.container);
}

function tunnel(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  upstream: { address: string; port: number },
): void {
  const remote = connect(upstream.port, upstream.address);
  const headers = {
    ...requestHeaders(request),
    connection: "Upgrade",
    upgrade: request.headers.upgrade ?? "websocket",
  };
  remote.on("connect", () => {
    const lines = Object.entries(headers).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((each) => `${name}: ${String(each)}`),
    );
    remote.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    remote.write(head);
    remote.pipe(socket);
    socket.pipe(remote);
  });
  remote.on("error", () => socket.destroy());
  remote.on("close", () => socket.destroy());
  socket.on("close", () => remote.destroy());
}

/** What the container gets: as sent, without hop-by-hop headers and without our own cookies. */
function requestHeaders(request: IncomingMessage): OutgoingHttpHeaders {
  const headers = endToEnd(request);
  const cookies = readCookies(request.headers.cookie).filter(
    ([name]) => !name.replace("__Host-", "").startsWith("drydock"),
  );
  delete headers["cookie"];
  if (cookies.length > 0) headers["cookie"] = cookies.map(([name, value]) => `${name}=${value}`).join("; ");
  headers["x-forwarded-host"] = request.headers.host;
  // The length's or chunks' own framing is kept; a body without either has none.
  if (request.headers["transfer-encoding"] !== undefined) headers["transfer-encoding"] = "chunked";
  return headers;
}

/** What the browser gets: cookies for this origin only, and none of ours overwritten. */
function responseHeaders(incoming: IncomingMessage): OutgoingHttpHeaders {
  const headers = endToEnd(incoming);
  const cookies = (incoming.headers["set-cookie"] ?? [])
    .filter((cookie) => !/^\s*(__Host-)?drydock/i.test(cookie))
    .map((cookie) => cookie.replaceAll(/;\s*domain=[^;]*/gi, ""));
  delete headers["set-cookie"];
  if (cookies.length > 0) headers["set-cookie"] = cookies;
  headers["x-robots-tag"] = "noindex";
  return headers;
}

function endToEnd(message: IncomingMessage): OutgoingHttpHeaders {
  const named = new Set((message.headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase()));
  const headers: OutgoingHttpHeaders = {};
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    if (hopByHop.has(name) || named.has(name) || values === undefined) continue;
    headers[name] = values.length === 1 ? values[0] : values;
  }
  return headers;
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = error instanceof Problem ? error.status : 502;
  const message =
    error instanceof Problem
      ? error.message
      : "The container did not answer. It may still be starting, or have stopped.";
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "cache-control": "no-store",
  });
  response.end(previewMessage(message, request.headers));
}
