import { randomBytes } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { PlaygroundConfig } from "./config.ts";
import { sendJson } from "./http/body.ts";
import { hostName, isAllowedHost, isSameOrigin } from "./http/origin.ts";
import type { Router } from "./http/router.ts";
import type { SnippetLinks } from "./embeds/snippet-links.ts";
import type { PageUse } from "./http/security-headers.ts";
import { contentSecurityPolicy, setSecurityHeaders, useOf } from "./http/security-headers.ts";
import type { PreviewHosts } from "./previews/preview-host.ts";
import type { PreviewProxy } from "./previews/preview-proxy.ts";

export interface PlaygroundParts {
  config: PlaygroundConfig;
  router: Router;
  hosts: PreviewHosts;
  previews: PreviewProxy;
  links: SnippetLinks;
  /** Next.js */
  pages: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** Next knows no page with a status of one's own, and sets 200 itself. */
function answerWith(response: ServerResponse, status: number): void {
  if (status === 200) return;
  const writeHead = response.writeHead.bind(response) as (status: number, ...rest: unknown[]) => ServerResponse;
  response.writeHead = (given: number, ...rest: unknown[]) => writeHead(given === 200 ? status : given, ...rest);
}

/** routes/health.ts */
function isProbe(url: string | undefined): boolean {
  return url === "/healthz" || url === "/readyz";
}

/** The path of a request for this server; undefined for what no page asks for: other servers' addresses, `//`, `*`. */
function pathOf(url = "/"): string | undefined {
  const parsed = url.startsWith("/") ? URL.parse(url, "http://page") : null;
  return parsed?.host === "page" ? parsed.pathname : undefined;
}

/** The one port: previews by their host name, then the API, then the pages. Sockets have listeners of their own. */
export class Playground {
  readonly #parts: PlaygroundParts;

  constructor(parts: PlaygroundParts) {
    this.#parts = parts;
  }

  readonly onRequest: RequestListener = (request, response) => {
    this.#serve(request, response).catch((error: unknown) => {
      console.error(`${request.method} ${request.url} failed.`, error);
      response.destroy();
    });
  };

  /** True when the upgrade was for a preview. */
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const target = this.#parts.hosts.parse(request);
    if (target === undefined) return false;
    void this.#parts.previews.upgrade(request, socket, head, target);
    return true;
  }

  /** Whether a socket or a changing request comes from our own page, under a name we answer to. */
  isOurs(request: IncomingMessage): boolean {
    const { config, hosts } = this.#parts;
    const named = hosts.parse(request) === undefined && isAllowedHost(hostName(request), config.allowedHosts);
    return named && isSameOrigin(request, config.publicUrl);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { config, hosts, previews, router, pages } = this.#parts;
    const target = hosts.parse(request);
    if (target !== undefined) return previews.serve(request, response, target);
    if (request.url?.startsWith("/socket.io/")) return;
    const pathname = pathOf(request.url);
    if (pathname === undefined) return sendJson(response, 400, { message: "That is no address of this playground." });
    const use = useOf(pathname);
    setSecurityHeaders(response, config.publicUrl?.protocol === "https:", use);
    if (!isAllowedHost(hostName(request), config.allowedHosts)) {
      const message = "This playground does not answer to that name. Its operator can add it: DRYDOCK_ALLOWED_HOSTS.";
      return sendJson(response, 421, { message });
    }
    const changes = request.method !== "GET" && request.method !== "HEAD";
    if (changes && !isSameOrigin(request, config.publicUrl)) {
      return sendJson(response, 403, { message: "That request came from another site." });
    }
    if (request.url?.startsWith("/api/") || isProbe(request.url)) return router.serve(request, response);
    this.#allowScripts(request, response, use);
    answerWith(response, await this.#parts.links.describe(request));
    return pages(request, response);
  }

  /** Next reads the nonce from the request's policy, the layout from `x-nonce`. */
  #allowScripts(request: IncomingMessage, response: ServerResponse, use: PageUse): void {
    const { dev, embedSites } = this.#parts.config;
    const nonce = randomBytes(16).toString("base64");
    const host = /^[A-Za-z0-9.:[\]-]+$/.test(request.headers.host ?? "") ? (request.headers.host ?? "") : "";
    const policy = contentSecurityPolicy(nonce, {
      dev,
      host,
      // Ours is the page that shows how it is done (/embedding).
      ancestors: use === "framed" ? ["'self'", ...embedSites] : [],
      frames: use === "framing",
    });
    request.headers["x-nonce"] = nonce;
    request.headers["content-security-policy"] = policy;
    response.setHeader("content-security-policy", policy);
  }
}
