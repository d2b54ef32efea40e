import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { operatorEnvironment, type Settings } from "./settings.ts";

type Interfaces = ReturnType<typeof networkInterfaces>;
type Place = Pick<Settings, "host" | "port">;

/** What only containers and virtual machines of this machine are behind: bridges of ours, of Docker, of libvirt. */
const inside = /^(?:dd-|ddv|y[a-z0-9]{1,2}[-v]|docker|br-|veth|virbr|cni)/;

/** Where the page is for a browser on this machine, or by the one address that it listens at. */
export function webUrl({ host, port }: Place): string {
  const name = ["0.0.0.0", "::", "127.0.0.1"].includes(host) ? "localhost" : host;
  return `http://${isIPv6(name) ? `[${name}]` : name}:${port}/`;
}

/**
 * Everywhere the page is: as the operator calls it (DRYDOCK_PUBLIC_URL), and where it listens at all addresses, those of
 * this machine that others can reach. Link-local addresses need a zone, which browsers take none of.
 */
export function webUrls(
  place: Place,
  interfaces: Interfaces = networkInterfaces(),
  publicUrl = operatorEnvironment()["DRYDOCK_PUBLIC_URL"],
): string[] {
  const all = place.host === "::" ? ["IPv4", "IPv6"] : place.host === "0.0.0.0" ? ["IPv4"] : [];
  const addresses = Object.entries(interfaces)
    .filter(([name]) => !inside.test(name))
    .flatMap(([, known = []]) => known)
    .filter(
      ({ family, internal, address }) => all.includes(family) && !internal && !/^(?:fe80:|169\.254\.)/.test(address),
    )
    .map(({ address }) => webUrl({ ...place, host: address }));
  return [...(publicUrl ? [publicUrl] : []), webUrl(place), ...addresses];
}
