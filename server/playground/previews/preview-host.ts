import type { IncomingMessage } from "node:http";
import { hostName, isAllowedHost } from "../http/origin.ts";

/** What a preview's host name says: `<port>-<first 12 digits of the container's id>`. */
export interface NamedTarget {
  port: number;
  container: string;
}

/** A named one, or one of our own preview ports: what is seen there is what the browser was granted. */
export type PreviewTarget = NamedTarget | { slot: number };

const label = /^(\d{1,5})-([a-f0-9]{12})$/;

/**
 * Names of previews. Each container port has an origin of its own: under `localhost`, which browsers take to this
 * machine, or under a domain of the operator's. That domain must be another site than the page's.
 */
export class PreviewHosts {
  readonly #domains: string[];
  readonly #domain: string | undefined;

  constructor(domain: string | undefined) {
    this.#domain = domain;
    this.#domains = domain === undefined ? ["localhost"] : ["localhost", domain];
  }

  /** The target when the request's Host is a preview's; "unknown" for other names beneath those domains. */
  parse(request: IncomingMessage): NamedTarget | "unknown" | undefined {
    const name = hostName(request);
    for (const domain of this.#domains) {
      if (!name.endsWith(`.${domain}`)) continue;
      const match = label.exec(name.slice(0, -domain.length - 1));
      return match?.[1] && match[2] ? { port: Number(match[1]), container: match[2] } : "unknown";
    }
    return undefined;
  }

  /** The origin for a target, given how the page itself was reached; undefined if no name beneath that one leads here. */
  origin(request: IncomingMessage, target: NamedTarget, scheme: "http" | "https"): string | undefined {
    const name = hostName(request);
    const port = /:(\d+)$/.exec(request.headers.host ?? "")?.[0] ?? "";
    const first = `${target.port}-${target.container.slice(0, 12)}`;
    if (this.#domain !== undefined) return `${scheme}://${first}.${this.#domain}${port}`;
    const isLocal = name === "localhost" || name === "::1" || name.startsWith("127.");
    return isLocal && isAllowedHost(name, new Set()) ? `http://${first}.localhost${port}` : undefined;
  }
}
