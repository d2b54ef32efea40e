import { lookup } from "node:dns/promises";
import { hostOf } from "../network/address-rule.ts";
import { isPublicAddress } from "../network/public-address.ts";
import { formatPrivateHost, parsePrivateHost, type PrivateHost } from "../network/private-host.ts";
import type { HostMachine } from "./host-machine.ts";

export type PackageSettings = Pick<HostMachine, "aptSources" | "aptSettings" | "npmSettings" | "pipSettings">;

/** Where packages come from: of what stand-ins take over from the machine. */
export function packageUrls({ aptSources, npmSettings, pipSettings }: PackageSettings): URL[] {
  return urlsIn([...aptSources, ...npmSettings, ...pipSettings]);
}

/** Proxies that apt goes through, here and in stand-ins. */
export function proxyUrls({ aptSettings }: Pick<PackageSettings, "aptSettings">): URL[] {
  return urlsIn(aptSettings.filter((line) => /::Proxy\b/i.test(line)));
}

/** One of each scheme, host and port. */
function urlsIn(lines: readonly string[]): URL[] {
  const found = lines.flatMap((line) => line.match(/https?:\/\/[^\s"']+/g) ?? []).filter((url) => URL.canParse(url));
  return [...new Map(found.map((text) => new URL(text)).map((url) => [url.origin, url])).values()];
}

const defaultPorts: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/**
 * What `url` leads to now, asked of the machine's own name servers, of that what is not of the Internet.
 * @throws of `dns.lookup`: the name is not found
 */
export async function privateHostsOf(url: URL): Promise<PrivateHost[]> {
  const port = url.port === "" ? (defaultPorts[url.protocol] ?? 0) : Number(url.port);
  const found = await lookup(hostOf(url), { all: true });
  return found
    .filter(({ address }) => !isPublicAddress(address))
    .flatMap(({ address }) => parsePrivateHost(formatPrivateHost({ address, port })) ?? []);
}
