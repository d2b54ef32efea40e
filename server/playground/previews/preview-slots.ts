import type { IncomingMessage } from "node:http";
import { readCookies } from "../http/cookies.ts";
import { hostName } from "../http/origin.ts";
import type { PreviewGrant, PreviewGrants } from "./preview-grants.ts";

/** Cookies are shared by all ports of a host: each preview port has a name of its own. */
export function previewCookieName(slot: number | undefined): string {
  return slot === undefined ? "drydock_preview" : `drydock_preview_${slot}`;
}

/**
 * Origins of previews for a page that is visited by an address: `http://<same host>:<one of our preview ports>`. Which
 * container a port shows is said by the cookie of the browser that asks, so every browser has all ports to itself, and
 * nothing is kept here.
 */
export class PreviewSlots {
  readonly #ports: readonly number[];
  readonly #grants: PreviewGrants;

  /** @param ports those that are listened on; may still grow */
  constructor(ports: readonly number[], grants: PreviewGrants) {
    this.#ports = ports;
    this.#grants = grants;
  }

  /**
   * The grant with a port for it: the one that shows it already, else a free one, else the one opened longest ago.
   * undefined when there are no preview ports.
   */
  place(request: IncomingMessage, grant: PreviewGrant): { grant: PreviewGrant; origin: string } | undefined {
    const cookies = new Map(readCookies(request.headers.cookie));
    const taken = this.#ports.map((slot) => {
      const cookie = cookies.get(previewCookieName(slot));
      return { slot, known: cookie === undefined ? undefined : this.#grants.dated(cookie) };
    });
    const same = taken.find(
      ({ known }) => known?.grant.container === grant.container && known.grant.port === grant.port,
    );
    const free = taken.find(({ known }) => known === undefined);
    const oldest = taken.toSorted((a, b) => (a.known?.expires ?? 0) - (b.known?.expires ?? 0))[0];
    const slot = (same ?? free ?? oldest)?.slot;
    if (slot === undefined) return undefined;
    const name = hostName(request);
    return { grant: { ...grant, slot }, origin: `http://${name.includes(":") ? `[${name}]` : name}:${slot}` };
  }
}
