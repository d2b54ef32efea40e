import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/** The Host without its port, in lower case, brackets of IPv6 removed. */
export function hostName(request: IncomingMessage): string {
  const host = (request.headers.host ?? "").toLowerCase();
  return host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

/**
 * Whether the page may be served under this name. Addresses and localhost always: they cannot be rebound to us by
 * someone else's DNS. Other names only when the operator named them.
 */
export function isAllowedHost(name: string, allowed: ReadonlySet<string>): boolean {
  return name === "localhost" || isIP(name) !== 0 || allowed.has(name);
}

/**
 * Whether a request that changes something comes from our own page. Browsers send Origin with every such request;
 * one that sends neither Origin nor Sec-Fetch-Site is not a browser, and has the cookie by its own means.
 */
export function isSameOrigin(request: IncomingMessage, publicUrl: URL | undefined): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) {
    const site = request.headers["sec-fetch-site"];
    return site === undefined || site === "same-origin";
  }
  if (publicUrl !== undefined && origin === publicUrl.origin) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
