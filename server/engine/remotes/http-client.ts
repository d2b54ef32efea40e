import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from "node:dns";
import { lookup } from "node:dns/promises";
import http, { type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import https from "node:https";
import { isIP, type LookupFunction, type Socket } from "node:net";
import type { Readable } from "node:stream";
import { createSecureContext, getCACertificates } from "node:tls";
import { pipeline } from "node:stream/promises";
import type { RuleName } from "../tenants/policy.ts";
import { dialError } from "../network/dial-error.ts";
import { Cancelled, EngineError, OutOfRange, RuleRefusal, Unavailable } from "../errdefs/errors.ts";
import { type AddressRule, anyAddress, hostOf, mayConnect, portOf } from "../network/address-rule.ts";

export interface HttpRequest {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: URL;
  headers?: Record<string, string>;
  /** bytes, or a fresh stream for each attempt with its length */
  body?: Uint8Array | { open: () => Promise<Readable>; size: number };
  signal?: AbortSignal;
  /** ms without a byte until the request fails */
  idleTimeoutMs?: number;
  /** accept any certificate: for registries that the operator listed as insecure */
  insecureTls?: boolean;
}

export interface HttpResponse {
  status: number;
  headers: IncomingHttpHeaders;
  url: URL;
  /** The caller reads it to its end or destroys it. */
  body: IncomingMessage;
}

const proxies = ["http_proxy", "https_proxy"];

const defaultIdleTimeoutMs = 60_000;

/** HTTP for registries: keep-alive, streams, proxies of the environment, no redirects, no decompression. */
export class HttpClient {
  readonly #http = new http.Agent({ keepAlive: true, maxSockets: 16, proxyEnv: process.env });
  readonly #heard = new WeakSet<Socket>();
  #secure: https.Agent | undefined;
  readonly #proxied = proxies.some((name) => (process.env[name] ?? process.env[name.toUpperCase()] ?? "") !== "");
  readonly #insecure = new https.Agent({ keepAlive: true, maxSockets: 16, rejectUnauthorized: false });
  readonly idleTimeoutMs: number;

  /** @param options.idleTimeoutMs without a byte until a request, or its answer, fails */
  constructor({ idleTimeoutMs = defaultIdleTimeoutMs }: { idleTimeoutMs?: number } = {}) {
    this.idleTimeoutMs = idleTimeoutMs;
  }

  /**
   * @param allowed asked of every address before it is connected to
   * @throws Unavailable (not reached), Cancelled, PermissionDenied (address)
   */
  async request(request: HttpRequest, allowed: AddressRule = anyAddress): Promise<HttpResponse> {
    const { url, signal } = request;
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      throw new Unavailable(`cannot fetch ${url.protocol}//${url.host}: only http and https are spoken`);
    }
    const literal = hostOf(url);
    if (isIP(literal) !== 0 && !mayConnect(allowed, literal, portOf(url))) {
      throw forbiddenAddress(url.hostname);
    }
    const body = request.body instanceof Uint8Array ? request.body : await request.body?.open();
    try {
      signal?.throwIfAborted();
      if (this.#proxied && !allowed.everything) await checkName(literal, portOf(url), allowed);
      return await this.#send(request, body, allowed);
    } catch (error) {
      if (body !== undefined && !(body instanceof Uint8Array)) {
        body.destroy();
      }
      if (signal?.aborted === true) {
        throw new Cancelled(`request to ${url.host} was cancelled`, { cause: signal.reason });
      }
      if (error instanceof EngineError) {
        throw error;
      }
      throw new Unavailable(
        `${title(request.method)} "${url.origin}${url.pathname}${url.search}": ${await dialError(error)}`,
        {
          cause: error,
        },
      );
    }
  }

  close(): void {
    this.#http.destroy();
    this.#secure?.destroy();
    this.#insecure.destroy();
  }

  /** Trusts what Node trusts and what this machine trusts: the operator's own authorities are in its store. */
  #https(): https.Agent {
    if (this.#secure === undefined) {
      const ca = [...new Set([...getCACertificates("default"), ...getCACertificates("system")])];
      const secureContext = createSecureContext({ ca });
      this.#secure = new https.Agent({ keepAlive: true, maxSockets: 16, proxyEnv: process.env, secureContext });
    }
    return this.#secure;
  }

  /**
   * Between the end of an answer and the next request a connection is nobody's: aborted just then, its error would be
   * nobody's either, and end the process. Requests hear of theirs themselves.
   */
  #hear(socket: Socket): void {
    if (this.#heard.has(socket)) return;
    this.#heard.add(socket);
    socket.on("error", () => undefined);
  }

  #send(request: HttpRequest, body: Uint8Array | Readable | undefined, allowed: AddressRule): Promise<HttpResponse> {
    const { url, method, signal } = request;
    const size = body === undefined ? undefined : body instanceof Uint8Array ? body.byteLength : sizeOf(request);
    const idle = request.idleTimeoutMs ?? this.idleTimeoutMs;
    const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
    const transport = url.protocol === "http:" ? http : https;
    const outgoing = transport.request(url, {
      method,
      agent: url.protocol === "http:" ? this.#http : request.insecureTls === true ? this.#insecure : this.#https(),
      lookup: guardedLookup(url, allowed),
      headers: {
        "user-agent": "drydock",
        "accept-encoding": "identity",
        ...(size === undefined ? {} : { "content-length": String(size) }),
        ...request.headers,
      },
      ...(signal === undefined ? {} : { signal }),
    });
    outgoing.setTimeout(idle, () => outgoing.destroy(new Error(`no answer for ${idle / 1000} s`)));
    outgoing.on("response", (message) => {
      resolve({ status: message.statusCode ?? 0, headers: message.headers, url, body: message });
    });
    outgoing.on("error", reject);
    outgoing.on("socket", (socket) => {
      this.#hear(socket);
      // One that was kept from an earlier request was looked up by somebody else's rule.
      const { remoteAddress } = socket;
      if (remoteAddress !== undefined && !this.#proxied && !mayConnect(allowed, remoteAddress, portOf(url))) {
        outgoing.destroy(forbiddenAddress(url.hostname));
      }
    });
    if (body === undefined || body instanceof Uint8Array) {
      outgoing.end(body);
    } else {
      pipeline(body, outgoing).catch(reject);
    }
    return promise;
  }
}

/** The whole body as bytes. @throws OutOfRange above `limit` bytes */
export async function readBody(response: HttpResponse, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) {
      response.body.destroy();
      throw new OutOfRange(`the answer of ${response.url.host} has more than ${limit} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads what is left, a little at most, so that the connection can be used again. */
export async function drain(response: HttpResponse): Promise<void> {
  try {
    await readBody(response, 64 << 10);
  } catch {
    // The answer is of no interest any more; the connection is simply not used again.
    response.body.destroy();
  }
}

function sizeOf(request: HttpRequest): number {
  return request.body === undefined || request.body instanceof Uint8Array ? 0 : request.body.size;
}

/** Checks the addresses that are really connected to, so that a name cannot change its meaning in between. */
function guardedLookup(url: URL, allowed: AddressRule): LookupFunction {
  const port = portOf(url);
  return (hostname: string, options: LookupOptions, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) {
        callback(error, "", 0);
        return;
      }
      const usable = addresses.filter(({ address }) => mayConnect(allowed, address, port));
      const [first] = usable;
      if (first === undefined) {
        callback(forbiddenAddress(url.hostname), "", 0);
      } else if (options.all === true) {
        callback(null, usable);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

/**
 * Of a request that a proxy passes on no address is looked up here: it would lead to wherever the proxy gets to. What this
 * machine finds at an address that is not allowed is refused; names that only the proxy finds are for its own rules.
 */
async function checkName(host: string, port: number, allowed: AddressRule): Promise<void> {
  const found = await lookup(host, { all: true }).catch(() => []);
  if (found.some(({ address }) => !mayConnect(allowed, address, port))) throw forbiddenAddress(host);
}

function forbiddenAddress(host: string): RuleRefusal {
  const rule: RuleName = "privateAddresses";
  return new RuleRefusal(
    rule,
    `Reaching ${host} is not allowed here (rule "${rule}" of your policy): it is on the host's own network, where things answer that are not meant for guests. Use what is on the Internet, or ask the operator to allow it`,
  );
}

function title(method: string): string {
  return method.slice(0, 1) + method.slice(1).toLowerCase();
}
