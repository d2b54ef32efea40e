import { Agent, request as httpRequest } from "node:http";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { encodeParameter } from "../../contract/address-names.ts";
import { pageAgent, quietHeader } from "../../contract/request-log.ts";
import { EngineAway, Problem } from "../http/problem.ts";

export interface UnixRequest {
  method?: string;
  query?: Record<string, string | undefined>;
  headers?: OutgoingHttpHeaders;
  /** sent as JSON, unless `body` is given */
  json?: unknown;
  body?: Readable | Uint8Array;
  signal?: AbortSignal;
  /** asked again and again by ourselves: not one of the requests that the learner is shown */
  quiet?: boolean;
}

const away = new Set(["ECONNREFUSED", "ENOENT", "ECONNRESET", "EPIPE", "ECONNABORTED"]);

/** HTTP over one UNIX socket. An answer of 400 or more is thrown as a Problem with the engine's own message. */
export class UnixClient {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: 60_000 });

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** The answer with its body unread: the caller reads or destroys it. */
  async open(path: string, options: UnixRequest = {}): Promise<IncomingMessage> {
    const response = await this.#send(path, options);
    const status = response.statusCode ?? 500;
    if (status < 400) return response;
    throw new Problem(status, await errorMessage(response));
  }

  /** The answer's JSON; undefined for an empty body. The shape is the contract's: the engine is trusted to keep it. */
  async json<Answer>(path: string, options: UnixRequest = {}): Promise<Answer> {
    const response = await this.open(path, options);
    const text = (await collect(response)).toString("utf8");
    return (text === "" ? undefined : JSON.parse(text)) as Answer;
  }

  async done(path: string, options: UnixRequest = {}): Promise<void> {
    const response = await this.open(path, options);
    await collect(response);
  }

  #send(path: string, options: UnixRequest): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const json = options.json === undefined ? undefined : Buffer.from(JSON.stringify(options.json));
    const body = options.body ?? json;
    const outgoing = httpRequest({
      socketPath: this.#socketPath,
      agent: this.#agent,
      method: options.method ?? "GET",
      path: withQuery(path, options.query),
      headers: {
        host: "drydock",
        "user-agent": pageAgent,
        ...(options.quiet === true ? { [quietHeader]: "1" } : {}),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...(body instanceof Uint8Array ? { "content-length": body.byteLength } : {}),
        ...options.headers,
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    outgoing.on("response", resolve);
    outgoing.on("error", (cause: NodeJS.ErrnoException) => {
      reject(away.has(cause.code ?? "") ? new EngineAway(cause) : cause);
    });
    if (body === undefined || body instanceof Uint8Array) outgoing.end(body);
    else pipeline(body, outgoing).catch((error: unknown) => outgoing.destroy(error as Error));
    return promise;
  }
}

async function collect(response: IncomingMessage): Promise<Buffer> {
  try {
    return await buffer(response);
  } catch (cause) {
    throw new EngineAway(cause);
  }
}

async function errorMessage(response: IncomingMessage): Promise<string> {
  const text = (await collect(response)).toString("utf8");
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // not JSON: the text itself is what there is to say
  }
  return text.slice(0, 500) || `The engine answered ${response.statusCode}.`;
}

function withQuery(path: string, query: UnixRequest["query"]): string {
  const entries = Object.entries(query ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return entries.length === 0
    ? path
    : `${path}?${entries.map(([name, value]) => `${name}=${encodeParameter(value)}`).join("&")}`;
}
