import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { InvalidArgument } from "../errdefs/errors.ts";
import { resolverAddress } from "./dns/dns-server.ts";
import type { ResolverSettings } from "./dns/host-resolvers.ts";
import type { EgressRules } from "./egress.ts";
import { isPublicAddress } from "./public-address.ts";

interface ResolverWishes {
  /** `--dns-search`; a single dot: no search list at all */
  search: readonly string[];
  /** `--dns-option` */
  options: readonly string[];
}

/**
 * The content of a container's /etc/resolv.conf (resolv.conf(5)) with the embedded resolver, which asks the servers of
 * `--dns`, or the host's, itself. Order of lines as dockerd's (libnetwork, resolvconf.Build).
 *
 * @param wishes empty lists take the host's
 * @param resolver where it is
 */
export function resolvConf(wishes: ResolverWishes, host: ResolverSettings, resolver = resolverAddress): string {
  const options = new Set(wishes.options.length > 0 ? wishes.options : host.options);
  if (![...options].some((option) => option.startsWith("ndots:"))) {
    options.add("ndots:0");
  }
  return resolverFile([resolver], wishes.search.length > 0 ? wishes.search : host.search, [...options]);
}

/**
 * The same on the default bridge, where names of containers are not resolved: the servers themselves. Undefined when
 * none of them can be reached from a container (the host's are on its loopback, say): the embedded resolver asks them.
 *
 * @param reachable whether a container gets to a server of the host's
 */
export function directResolvConf(
  wishes: ResolverWishes & { servers: readonly string[] },
  host: ResolverSettings,
  reachable: (server: string) => boolean,
): string | undefined {
  const own = wishes.servers.length > 0;
  const servers = own ? wishes.servers : host.servers.filter((server) => reachable(server));
  if (servers.length === 0) {
    return undefined;
  }
  const unchanged = !own && wishes.search.length === 0 && wishes.options.length === 0;
  if (unchanged && host.text !== undefined && servers.length === host.servers.length) {
    return host.text;
  }
  return resolverFile(
    servers,
    wishes.search.length > 0 ? wishes.search : host.search,
    wishes.options.length > 0 ? wishes.options : host.options,
  );
}

/** gVisor's network stack is its own, also its loopback, with nobody of ours at 127.0.0.11. */
export function hasOwnStack(runtime: string): boolean {
  return runtime === "runsc";
}

/**
 * Whether a container under these rules gets to this server of the machine's: it is let out to the server's address.
 * With names let out one by one only the embedded resolver may
 * answer, as it opens what it has told.
 */
export function reachesServer(server: string, { egress, privateAddresses }: EgressRules): boolean {
  return egress === "all" && (privateAddresses || isPublicAddress(server)) && isElsewhere(server);
}

/** It is neither on the machine itself nor link-local. */
export function isElsewhere(server: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
  return isIPv4(server) && !/^(?:127|169\.254)\./.test(server) && !own.includes(server);
}

function resolverFile(servers: readonly string[], search: readonly string[], given: readonly string[]): string {
  const searched = search.filter((domain) => domain !== ".");
  const options = given.filter((option) => option !== "");
  const lines = [
    ...(searched.length > 0 ? [`search ${searched.join(" ")}`] : []),
    ...servers.map((server) => `nameserver ${server}`),
    ...(options.length > 0 ? [`options ${options.join(" ")}`] : []),
  ];
  return `${lines.map(oneLine).join("\n")}\n`;
}

/** The content of /etc/resolv.conf on the host's network: the host's own. */
export function hostResolvConf(
  host: ResolverSettings,
  wishes: { dns: readonly string[]; dnsSearch: readonly string[]; dnsOptions: readonly string[] },
): string {
  const either = (wanted: readonly string[], own: readonly string[]) => (wanted.length > 0 ? wanted : own);
  const search = either(wishes.dnsSearch, host.search);
  const options = either(wishes.dnsOptions, host.options);
  return [
    ...either(wishes.dns, host.servers).map((server) => `nameserver ${server}`),
    ...(search.length > 0 ? [`search ${search.join(" ")}`] : []),
    ...(options.length > 0 ? [`options ${options.join(" ")}`] : []),
    "",
  ].join("\n");
}

/**
 * The content of a container's /etc/hosts, in Docker's form.
 *
 * @param addresses of the container itself, each with the names it has there (host name, FQDN first)
 * @param extra `--add-host`: name and address
 */
export function hostsFile(
  addresses: readonly { address: string; names: readonly string[] }[],
  extra: readonly { address: string; name: string }[] = [],
): string {
  const lines = [
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "ff00::0\tip6-mcastprefix",
    "ff02::1\tip6-allnodes",
    "ff02::2\tip6-allrouters",
    ...extra.map(({ address, name }) => `${address}\t${name}`),
    ...addresses.map(({ address, names }) => `${address}\t${names.join(" ")}`),
  ];
  return `${lines.map(oneLine).join("\n")}\n`;
}

function oneLine(line: string): string {
  if (/[\n\r\0]/.test(line)) {
    throw new InvalidArgument(`a name, search domain or option must be on one line: ${JSON.stringify(line)}`);
  }
  return line;
}
