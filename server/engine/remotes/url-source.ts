import type { Readable } from "node:stream";
import { InvalidArgument, NotFound, Unavailable, Unknown } from "../errdefs/errors.ts";
import { drain, type AddressRule, type HttpClient, type HttpResponse } from "./http-client.ts";

const maxRedirects = 10;

/** What stands at a URL. The caller reads `body` to its end or destroys it. */
export interface UrlContent {
  body: Readable;
  /** media type without parameters, lower case; empty if the server does not say */
  type: string;
  /** when it was last modified, as the server says; seconds since 1970 */
  modified?: number;
}

/** Reads from web servers on behalf of one tenant. */
export interface UrlSource {
  /** Follows redirects. @throws InvalidArgument (no URL), NotFound, Unavailable, PermissionDenied (address), Cancelled */
  open(url: string, signal: AbortSignal): Promise<UrlContent>;
}

export class HttpUrlSource implements UrlSource {
  readonly #client: HttpClient;
  readonly #allowed: AddressRule;

  /** @param allowed asked for every address before it is connected to */
  constructor(client: HttpClient, allowed: AddressRule) {
    this.#client = client;
    this.#allowed = allowed;
  }

  async open(text: string, signal: AbortSignal): Promise<UrlContent> {
    const [, scheme] = /^(https?):\/*$/i.exec(text) ?? [];
    if (scheme !== undefined) {
      throw new Unknown(`Get "${scheme.toLowerCase()}:": http: no Host in request URL`);
    }
    if (!URL.canParse(text) || !/^https?:\/\//i.test(text)) {
      throw new InvalidArgument(`invalid URL "${text}": expected one that begins with http:// or https://`);
    }
    const response = await this.#follow(new URL(text), signal);
    if (response.status !== 200) {
      await drain(response);
      const message = `failed to GET ${text} with status ${response.status}`;
      throw response.status === 404 ? new NotFound(message) : new Unknown(message);
    }
    const type = response.headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";
    const modified = Math.floor(Date.parse(response.headers["last-modified"] ?? "") / 1000);
    return { body: response.body, type, ...(Number.isNaN(modified) ? {} : { modified }) };
  }

  async #follow(start: URL, signal: AbortSignal): Promise<HttpResponse> {
    let url = start;
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const response = await this.#client.request({ method: "GET", url, signal }, this.#allowed);
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
