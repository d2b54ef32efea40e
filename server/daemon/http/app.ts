import type { IncomingMessage, Server, ServerResponse } from "node:http";
import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import type { Duplex, Readable } from "node:stream";
import { NotFound } from "../../engine/errdefs/errors.ts";
import { atLeast, maximumVersion, minimumVersion, negotiate, readsJsonErrors } from "./api-version.ts";
import { audited, type AuditEntry } from "./audit.ts";
import { preludeBody, runRaw, runUnframed } from "./hijack.ts";
import { describeError, HttpError } from "./http-status.ts";
import { cleanPath, splitTarget } from "./path.ts";
import { tellPlainClients } from "./plain-on-tls.ts";
import { headersTimeout, maximumHeaders, refusalFor, refusalOf, refuseConnection } from "./refusals.ts";
import { Query } from "./query.ts";
import { empty, type Reply } from "./reply.ts";
import { allowEarlyAnswer, readOn, requestBody } from "./request-body.ts";
import type { Call, Route } from "./route.ts";
import { Router } from "./router.ts";
import { send, sendBare, sendError } from "./send.ts";
import { canBeTakenOver, Request, staysOpen } from "./taken-over.ts";
import { runWebSocket } from "./websocket.ts";

export interface AppOptions {
  /** Asked once per request, so that a tenant's routes can be made when they are first needed. */
  routes: () => Promise<Router> | Router;
  /** e.g. `Drydock/0.1.0 (linux)` */
  serverName: string;
  /** `docker info`, ping: whether experimental features are on; undefined: no */
  experimental?: () => boolean;
  /** told of every request that changes something or is refused */
  audit?: (entry: AuditEntry) => void;
  /** told of every request of a known route: its pattern, the answer's status, how long it took */
  measured?: (method: string, route: string, status: number, seconds: number) => void;
  /** answers each request within it: what is done for a request is known to be the tenant's (`currentAccount`, `currentTime`) */
  within?: (answer: () => void) => void;
  /** one line for the operator */
  log: (line: string, level?: "debug" | "error") => void;
}

/** `/v1.41/containers/json`: the version and the rest of the path */
const versionedPath = /^\/v([\d.]+)(\/[^?]*)/;

/** dockerd's router has no such path. */
class NoRoute extends NotFound {}

/** One socket's HTTP application: versions, headers, errors, upgrades. `server()` makes it listenable or injectable. */
export class App {
  readonly #options: AppOptions;

  constructor(options: AppOptions) {
    this.#options = options;
  }

  /** A server that does not listen yet. No time limits: builds, logs and uploads take as long as they take. */
  server(tls?: https.ServerOptions): Server {
    const options: http.ServerOptions = {
      requestTimeout: 0,
      headersTimeout,
      keepAliveTimeout: 120_000,
      maxHeaderSize: maximumHeaders,
      requireHostHeader: false,
      IncomingMessage: Request,
      shouldUpgradeCallback: canBeTakenOver,
    };
    const server = tls === undefined ? http.createServer(options) : secureServer({ ...options, ...tls });
    const { within = (answer) => answer() } = this.#options;
    // What goes wrong beyond an answer is the end of its connection, never of all.
    const lost = (request: IncomingMessage) => (error: unknown) => {
      this.#options.log(`${request.method ?? ""} ${request.url ?? ""}: ${String(error)}`, "error");
      request.socket.destroy();
    };
    const respond = (request: IncomingMessage, response: ServerResponse, wanted?: () => void) =>
      within(() => void this.#respond(request, response, wanted).catch(lost(request)));
    server.on("request", (request, response) => respond(request, response));
    // Whether the body is wanted is known when somebody reads it.
    server.on("checkContinue", (request, response) => respond(request, response, () => response.writeContinue()));
    server.on("checkExpectation", (_request, response) => {
      response.writeHead(417, { Connection: "close", "Content-Length": "0" }).end();
    });
    server.on("upgrade", (request, socket, head) =>
      within(() => void this.#takeOver(server, request, socket, head).catch(lost(request))),
    );
    server.on("clientError", (error, socket) => refuseConnection(socket, refusalOf(error)));
    return server;
  }

  /** @param wanted called before the body is read */
  async #respond(request: IncomingMessage, response: ServerResponse, wanted?: () => void): Promise<void> {
    const refusal = refusalFor(request);
    if (refusal !== undefined) {
      refuseConnection(request.socket, refusal);
      return;
    }
    const gone = new AbortController();
    response.on("close", () => gone.abort(new Error("the client has closed the connection")));
    try {
      allowEarlyAnswer(request, response);
      this.#setHeaders(response);
      const reply = await this.#dispatch(request, requestBody(request, wanted), gone.signal);
      if (reply.kind === "hijack") {
        await runUnframed(request, response, reply.opening, reply.run);
      } else if (reply.kind === "websocket") {
        sendBare(response, 400, "not websocket protocol"); // dockerd's answer (golang.org/x/net/websocket)
      } else {
        await send(response, reply);
      }
    } catch (error) {
      await readOn(request);
      this.#fail(request, response, error, gone.signal);
    }
  }

  async #takeOver(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // A request before it on the same connection has no answer yet, which would go into this one's stream.
    if ((socket as { _httpMessage?: object | null })._httpMessage) {
      socket.destroy();
      return;
    }
    const gone = new AbortController();
    const left = () => gone.abort(new Error("the client has closed the connection"));
    socket.on("close", left);
    // Writes to a vanished client fail one by one; the event itself needs a listener.
    const broken = () => socket.destroy();
    socket.on("error", broken);
    const upgrade = request.headers.upgrade?.toLowerCase();
    const websocket = upgrade === "websocket";
    const response = new http.ServerResponse(request);
    response.shouldKeepAlive = upgrade === undefined && staysOpen(request);
    response.on("finish", () => {
      socket.off("close", left).off("error", broken);
      response.detachSocket(socket as Socket);
      if (response.shouldKeepAlive) {
        server.emit(server instanceof https.Server ? "secureConnection" : "connection", socket);
      } else {
        socket.end();
      }
    });
    try {
      const body = websocket ? request : await preludeBody(request, socket, head);
      const reply = await this.#dispatch(request, body, gone.signal);
      if (reply.kind === "hijack" && !websocket) {
        await runRaw(socket, upgrade !== undefined, reply.opening, reply.run);
      } else if (reply.kind === "websocket" && websocket) {
        await runWebSocket(request, socket, head, reply.run);
      } else if (reply.kind === "hijack" || reply.kind === "websocket") {
        throw new HttpError(400, `this endpoint does not speak ${upgrade ?? "HTTP"}`);
      } else {
        this.#answerOn(socket, response);
        await send(response, reply);
      }
    } catch (error) {
      if (!gone.signal.aborted && response.socket === null && !socket.writableEnded) {
        this.#answerOn(socket, response);
      }
      this.#fail(request, response, error, gone.signal);
    }
  }

  /** Answers in plain HTTP after all. */
  #answerOn(socket: Duplex, response: ServerResponse): void {
    response.assignSocket(socket as Socket);
    this.#setHeaders(response);
  }

  async #dispatch(request: IncomingMessage, body: Readable, signal: AbortSignal): Promise<Reply> {
    this.#options.log(`Calling ${request.method ?? ""} ${request.url ?? ""}`, "debug");
    const { pathname, search } = splitTarget(request.url ?? "/");
    const cleaned = cleanPath(pathname);
    if (cleaned !== undefined) {
      return empty(301, { Location: `${cleaned}${search}` });
    }
    const versioned = versionedPath.exec(pathname);
    const path = versioned?.[2] ?? pathname;
    const version = negotiate(versioned?.[1]);
    if (request.method === "OPTIONS") {
      return empty(200);
    }
    const router = await this.#options.routes();
    const match = router.match(request.method ?? "GET", path);
    if (match === undefined || !atLeast(version, match.route.since ?? minimumVersion)) {
      throw new NoRoute("page not found");
    }
    const call: Call = {
      method: request.method ?? "GET",
      path,
      params: match.params,
      query: new Query(search),
      headers: request.headers,
      version,
      signal,
      body,
    };
    return this.#measure(match.route, () => {
      const { audit } = this.#options;
      return audit === undefined ? match.route.handle(call) : audited(call, match.route.handle, audit);
    });
  }

  async #measure({ method, path }: Route, answer: () => Reply | Promise<Reply>): Promise<Reply> {
    // As the API document writes its paths, whose parameters have no `*`.
    const route = path.replaceAll("*}", "}");
    const began = performance.now();
    const tell = (status: number) =>
      this.#options.measured?.(method, route, status, (performance.now() - began) / 1000);
    try {
      const reply = await answer();
      tell("status" in reply ? reply.status : reply.kind === "hijack" || reply.kind === "websocket" ? 101 : 200);
      return reply;
    } catch (error) {
      tell(describeError(error).status);
      throw error;
    }
  }

  #setHeaders(response: ServerResponse): void {
    // Where nobody says otherwise a connection stays open (RFC 9112, section 9.3); Go, too, does not say so.
    if (response.shouldKeepAlive && response.req.httpVersion === "1.1") {
      response.removeHeader("Connection");
    }
    response.setHeader("Api-Version", maximumVersion);
    response.setHeader("Docker-Experimental", String(this.#options.experimental?.() ?? false));
    response.setHeader("Ostype", "linux");
    response.setHeader("Server", this.#options.serverName);
  }

  #fail(request: IncomingMessage, response: ServerResponse, error: unknown, signal: AbortSignal): void {
    const { message, unexpected } = describeError(error);
    if (unexpected && !signal.aborted) {
      const trace = error instanceof Error ? (error.stack ?? message) : message;
      this.#options.log(`${request.method ?? ""} ${request.url ?? ""}: ${trace}`, "error");
    }
    if (error instanceof NoRoute) {
      // Nothing of ours has seen the request.
      ["Api-Version", "Docker-Experimental", "Ostype", "Server"].forEach((name) => response.removeHeader(name));
    }
    sendError(response, error, readsJsonErrors(versionedPath.exec(request.url ?? "")?.[1]));
  }
}

function secureServer(options: https.ServerOptions): https.Server {
  const server = https.createServer(options);
  tellPlainClients(server);
  return server;
}
