import { STATUS_CODES } from "node:http";
import type { Readable } from "node:stream";
import {
  EngineError,
  InvalidArgument,
  NotFound,
  PermissionDenied,
  Unauthenticated,
  Unavailable,
  Unknown,
} from "../errdefs/errors.ts";
import { type AddressRule, hostOf } from "../network/address-rule.ts";
import { drain, readBody, type HttpClient, type HttpResponse } from "./http-client.ts";

const maxRedirects = 10;

/** What stands at a URL. The caller reads `body` to its end or destroys it. */
export interface UrlContent {
  body: Readable;
  /** media type without parameters, lower case; empty if the server does not say */
  type: string;
  /** when it was last modified, as the server says; seconds since 1970 */
  modified?: number;
  /** bytes, if the server says */
  size?: number;
}

/** Reads from web servers on behalf of one tenant. */
export interface UrlSource {
  /** Follows redirects. @throws InvalidArgument (no URL), NotFound, Unavailable, PermissionDenied (address), Cancelled */
  open(url: string, signal: AbortSignal): Promise<UrlContent>;
}

/** What an error of `open` has as its detail where the server answered, and not with 200. */
interface Answered {
  status: number;
}

/** The HTTP status for which `open` failed, if the server answered at all. */
export function answeredStatus(error: unknown): number | undefined {
  const detail: Partial<Answered> | undefined = error instanceof EngineError ? error.detail : undefined;
  return detail?.status;
}

/** Characters of what a server says of a failure. */
const maxReason = 1_000;

/** In dockerd's words (moby, builder/remotecontext/remote.go). */
async function statusError(url: string, response: HttpResponse): Promise<Error> {
  const { status } = response;
  const options = { detail: { status } satisfies Answered };
  // What is too long to be a reason is none.
  const body = await readBody(response, 64 << 10).catch(() => Buffer.alloc(0));
  const reason = body.toString("utf8").trim().slice(0, maxReason);
  const message = `failed to GET ${url} with status ${`${status} ${STATUS_CODES[status] ?? ""}`.trim()}: ${reason}`;
  switch (status) {
    case 404:
      return new NotFound(message, options);
    case 400:
      return new InvalidArgument(message, options);
    case 401:
      return new Unauthenticated(message, options);
    case 403:
      return new PermissionDenied(message, options);
    default:
      return new Unknown(message, options);
  }
}

export class HttpUrlSource implements UrlSource {
  readonly #client: HttpClient;
  readonly #allowed: () => AddressRule;
  readonly #reach: (host: string) => void;

  /**
   * @param allowed where to, at each time
   * @param reach throws for a host that may not be asked
   */
  constructor(client: HttpClient, allowed: () => AddressRule, reach: (host: string) => void = () => {}) {
    this.#reach = reach;
    this.#client = client;
    this.#allowed = allowed;
  }

  async open(text: string, signal: AbortSignal): Promise<UrlContent> {
    const [, scheme] = /^(https?):\/*$/i.exec(text) ?? [];
    if (scheme !== undefined) {
      throw new Unknown(`Get "${scheme.toLowerCase()}:": http: no Host in request URL`);
    }
    const other = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
    if (other !== undefined && other !== "http" && other !== "https") {
      throw new Unknown(`Get "${text}": unsupported protocol scheme "${other}"`);
    }
    if (!URL.canParse(text) || !/^https?:\/\//i.test(text)) {
      throw new InvalidArgument(`invalid URL "${text}": expected one that begins with http:// or https://`);
    }
    const response = await this.#follow(new URL(text), signal);
    if (response.status !== 200) {
      throw await statusError(text, response);
    }
    const type = response.headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";
    const modified = Math.floor(Date.parse(response.headers["last-modified"] ?? "") / 1000);
    const length = response.headers["content-length"] ?? "";
    return {
      body: response.body,
      type,
      ...(Number.isNaN(modified) ? {} : { modified }),
      ...(/^\d{1,15}$/.test(length) ? { size: Number(length) } : {}),
    };
  }

  async #follow(start: URL, signal: AbortSignal): Promise<HttpResponse> {
    let url = start;
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      this.#reach(hostOf(url));
      const response = await this.#client.request({ method: "GET", url, signal }, this.#allowed());
      const { location } = response.headers;
      if (response.status < 300 || response.status >= 400 || location === undefined || !URL.canParse(location, url)) {
        return response;
      }
      await drain(response);
      url = new URL(location, url);
    }
    throw new Unavailable(`${start.href} redirects more than ${maxRedirects} times`);
  }
}
