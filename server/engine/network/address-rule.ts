import { isOwnAddress, isPublicAddress } from "./public-address.ts";
import { type PrivateHost, samePrivateHost } from "./private-host.ts";

/**
 * Where the engine connects to for a tenant, as root from the host's own network: asked for every address before it is
 * connected to. Plain data, which other threads are given.
 */
export interface AddressRule {
  /** this machine and private networks, too */
  everything: boolean;
  /** of private networks (the rules `privateHosts`); on the machine itself nothing is opened by these */
  opened: readonly PrivateHost[];
}

/** For whoever is let out to everywhere. */
export const anyAddress: AddressRule = { everything: true, opened: [] };
export const publicAddressesOnly: AddressRule = { everything: false, opened: [] };

export function mayConnect({ everything, opened }: AddressRule, address: string, port: number): boolean {
  if (everything || isPublicAddress(address)) return true;
  return !isOwnAddress(address) && opened.some((host) => samePrivateHost(host, { address, port }));
}

/** The name or address in a URL, an IPv6 one without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/** The port that a URL of HTTP leads to. */
export function portOf({ port, protocol }: URL): number {
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}
