import { contains, parseAddress, parseCidr, type Family } from "./cidr.ts";
import type { ConnectSettings, Network } from "./network-service.ts";
import { joinedErrors } from "./joined-errors.ts";
import { isPredefined } from "./predefined.ts";

type Wanted = Partial<Pick<ConnectSettings, "ipv4" | "ipv6" | "linkLocal" | "aliases" | "mac" | "driverOptions">>;

/**
 * All that is wrong with what an endpoint asks for, in dockerd's words; undefined: nothing (moby,
 * daemon/container_operations.go, validateEndpointSettings).
 * @param network undefined: there is none of that name yet
 */
export function invalidEndpoint(name: string, network: Network | undefined, wanted: Wanted): string | undefined {
  if (wanted.mac !== undefined && !isMac(wanted.mac)) {
    return `invalid MAC address ${wanted.mac}`;
  }
  const whys = [
    ...(isPredefined(name) ? ofUserDefinedOnly(wanted) : []),
    ...invalidAddresses(wanted),
    ...(network === undefined ? [] : outOfRange(network, wanted)),
    ...invalidSysctls(wanted.driverOptions?.["com.docker.network.endpoint.sysctls"]),
  ];
  return whys.length === 0 ? undefined : `invalid endpoint settings:\n${joinedErrors(whys)}`;
}

function ofUserDefinedOnly({ ipv4, ipv6, aliases = [] }: Wanted): string[] {
  return [
    ...(ipv4 === undefined && ipv6 === undefined
      ? []
      : ["user specified IP address is supported on user defined networks only"]),
    ...(aliases.length === 0 ? [] : ["network-scoped alias is supported only for containers in user defined networks"]),
  ];
}

function invalidAddresses({ ipv4, ipv6, linkLocal = [] }: Wanted): string[] {
  const isOf = (text: string, family: Family) => {
    const address = parseAddress(text);
    const isMapped = family === 6 && address !== undefined && address.value >> 32n === 0xffffn;
    return address?.family === family && address.value !== 0n && !isMapped;
  };
  return [
    ...(ipv4 === undefined || isOf(ipv4, 4) ? [] : [`invalid IPv4 address: ${ipv4}`]),
    ...(ipv6 === undefined || isOf(ipv6, 6) ? [] : [`invalid IPv6 address: ${ipv6}`]),
    ...linkLocal
      .filter((text) => (parseAddress(text)?.value ?? 0n) === 0n)
      .map((text) => `invalid link-local IP address: ${text}`),
  ];
}

function outOfRange(network: Network, { ipv4, ipv6 }: Wanted): string[] {
  const chosen = (network.requestedIpam ?? []).flatMap(({ subnet }) => parseCidr(subnet ?? "") ?? []);
  return [[4, ipv4] as const, [6, ipv6] as const].flatMap(([family, text]) => {
    const subnets = chosen.filter((subnet) => subnet.family === family);
    if (text === undefined || subnets.some((subnet) => contains(subnet, text))) {
      return [];
    }
    return subnets.length > 0
      ? [`no configured subnet or ip-range contain the IP address ${text}`]
      : ["user specified IP address is supported only when connecting to networks with user configured subnets"];
  });
}

function invalidSysctls(sysctls: string | undefined): string[] {
  const isKnown = (text: string) => {
    const [, family = "", , device = "", setting] = text.split(".");
    return setting !== undefined && /^(?:ipv[46]|mpls)$/.test(family) && /^(?:IFNAME|ifname)$/.test(device);
  };
  return (sysctls === undefined ? [] : sysctls.split(","))
    .filter((text) => !isKnown(text))
    .map(
      (text) =>
        `unrecognised network interface sysctl '${text}'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'`,
    );
}

/** In one of the ways that Go's net.ParseMAC reads six bytes. */
function isMac(text: string): boolean {
  return /^[\da-f]{2}(?:([:-])[\da-f]{2})(?:\1[\da-f]{2}){4}$|^[\da-f]{4}(?:\.[\da-f]{4}){2}$/i.test(text);
}
