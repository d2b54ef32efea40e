import { Readable } from "node:stream";
import { type LoggedRequest, pageAgent, quietHeader } from "../../contract/request-log.ts";
import { describeError } from "./http-status.ts";
import { redact, redactQuery } from "./redact.ts";
import type { Reply } from "./reply.ts";
import type { Call, Route } from "./route.ts";

/** Requests that are kept of one tenant. */
const mostRequests = 300;
/** Characters of a body that is kept, of a path, of a client's name. */
const longestBody = 4096;
const longestPath = 2048;
const longestName = 120;

/** Bodies that are told, being the whole of what is asked for; never those with credentials (`/auth`). */
const toldBodies = [
  /^\/containers\/create$/,
  /^\/containers\/[^/]+\/(?:exec|update)$/,
  /^\/exec\/[^/]+\/start$/,
  /^\/networks\/create$/,
  /^\/networks\/[^/]+\/(?:connect|disconnect)$/,
  /^\/volumes\/create$/,
  /^\/drydock\/v1\/(?:builds|terminals)$/,
];
/** Of the extension what starts something; the rest is how the page shows what there is. Sizes of terminals come by themselves. */
const untold = [/^\/drydock\/v1\/(?!(?:builds|terminals)$)/, /\/resize$/];

/** The latest requests of one tenant, for the tenant alone to look at. In memory: it begins anew with `drydockd`. */
export class RequestLog {
  readonly #requests: LoggedRequest[] = [];
  readonly #readers = new Set<() => void>();
  #next = 0;

  /** The same routes, with what is asked of them noted. */
  watched(routes: readonly Route[]): Route[] {
    return routes.map((route) => ({ ...route, handle: (call) => this.#watch(call, route) }));
  }

  /** From the one with this number on, or the oldest there is; then those that come, until `signal` is aborted. */
  async *read(from: number, signal: AbortSignal): AsyncGenerator<LoggedRequest> {
    // A number from before a restart is none of ours.
    let next = from > this.#next ? 0 : from;
    while (!signal.aborted) {
      const news = this.#requests.filter(({ seq }) => seq >= next);
      yield* news;
      next = (news.at(-1)?.seq ?? next - 1) + 1;
      if (signal.aborted || this.#requests.some(({ seq }) => seq >= next)) continue;
      await this.#more(signal);
    }
  }

  async #watch(call: Call, route: Route): Promise<Reply> {
    if (call.headers[quietHeader] !== undefined || untold.some((path) => path.test(call.path))) {
      return route.handle(call);
    }
    if (call.path.startsWith("/drydock/") && call.method === "GET") return route.handle(call);
    const began = performance.now();
    const kept: Buffer[] = [];
    const noted = toldBodies.some((path) => path.test(call.path)) ? { ...call, body: copied(call.body, kept) } : call;
    const note = (status: number, error?: string): void => this.#add(call, { began, kept, status, error });
    try {
      const reply = await route.handle(noted);
      note("status" in reply ? reply.status : reply.kind === "lines" || reply.kind === "deferred" ? 200 : 101);
      return reply;
    } catch (error) {
      const { status, message } = describeError(error);
      note(status, message);
      throw error;
    }
  }

  #add(
    call: Call,
    { began, kept, status, error }: { began: number; kept: Buffer[]; status: number; error: string | undefined },
  ): void {
    const agent = call.headers["user-agent"] ?? "";
    this.#requests.push({
      seq: this.#next++,
      time: performance.timeOrigin + began,
      duration: Math.round((performance.now() - began) * 1000) / 1000,
      method: call.method,
      path: beginningOf(pathOf(call), longestPath),
      client: agent === pageAgent ? "page" : beginningOf(agent, longestName),
      status,
      ...(error === undefined ? {} : { error: beginningOf(error, longestPath) }),
      ...bodyOf(call, kept),
    });
    if (this.#requests.length > mostRequests) this.#requests.shift();
    for (const wake of this.#readers) wake();
  }

  #more(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#readers.add(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    return promise.finally(() => this.#readers.delete(resolve));
  }
}

/** A text of its own: a mere part of what a client has sent would keep the whole of it, for as long as it is kept. */
function beginningOf(text: string, longest: number): string {
  return Buffer.from(text.slice(0, longest)).toString();
}

/** What is read of `body`, and in `kept` as much of it as is told. */
function copied(body: Readable, kept: Buffer[]): Readable {
  const pieces = async function* (): AsyncGenerator<Buffer> {
    let size = 0;
    for await (const chunk of body) {
      const piece = chunk as Buffer;
      size += piece.length;
      if (size <= 4 * longestBody) kept.push(piece);
      yield piece;
    }
  };
  return Readable.from(pieces(), { objectMode: false });
}

function pathOf({ path, version, query }: Call): string {
  const search = redactQuery(query.parameters);
  const prefix = path.startsWith("/drydock/") || path === "/_ping" ? "" : `/v${version.major}.${version.minor}`;
  return `${prefix}${path}${search === "" ? "" : `?${search}`}`;
}

function bodyOf(call: Call, kept: readonly Buffer[]): Pick<LoggedRequest, "body" | "bodyOmitted"> {
  const length = Number(call.headers["content-length"] ?? 0);
  const sent = length > 0 || call.headers["transfer-encoding"] !== undefined;
  if (kept.length === 0) return sent ? { bodyOmitted: true } : {};
  try {
    const body = JSON.stringify(redact(JSON.parse(Buffer.concat(kept).toString("utf8"))));
    return body.length > longestBody ? { bodyOmitted: true } : { body };
  } catch {
    return { bodyOmitted: true };
  }
}
