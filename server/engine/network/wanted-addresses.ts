import { InvalidArgument } from "../errdefs/errors.ts";
import { contains, parseAddress, parseCidr } from "./cidr.ts";
import type { ConnectSettings, Network } from "./network-service.ts";
import { isPredefined } from "./predefined.ts";

const linkLocalBlocks = ["169.254.0.0/16", "fe80::/10"].flatMap((block) => parseCidr(block) ?? []);

function isLinkLocal(text: string): boolean {
  return linkLocalBlocks.some((block) => contains(block, text));
}

type Wanted = Pick<ConnectSettings, "ipv4" | "ipv6" | "linkLocal"> & Partial<Pick<ConnectSettings, "aliases">>;

/** Whether an endpoint on `network` may ask for these addresses and aliases. @throws InvalidArgument in dockerd's words */
export function checkWantedAddresses(network: Network, wanted: Wanted): void {
  checkUserChosen(network, wanted);
  for (const [family, text] of [[4, wanted.ipv4] as const, [6, wanted.ipv6] as const]) {
    if (text !== undefined && parseAddress(text)?.family !== family) {
      throw new InvalidArgument(`Invalid IPv${family} address: ${text})`);
    }
  }
}

/** The same before the start, when dockerd does not read the addresses yet, and aliases. @throws InvalidArgument */
export function checkUserChosen(network: Network, { ipv4, ipv6, linkLocal = [], aliases = [] }: Wanted): void {
  for (const address of linkLocal) {
    if (!isLinkLocal(address)) {
      throw new InvalidArgument(`invalid link local IP address: ${address}`);
    }
  }
  const hasAddress = ipv4 !== undefined || ipv6 !== undefined;
  if (isPredefined(network.name)) {
    if (hasAddress) {
      throw new InvalidArgument("user specified IP address is supported on user defined networks only");
    }
    if (aliases.length > 0) {
      throw new InvalidArgument("network-scoped alias is supported only for containers in user defined networks");
    }
  }
  if (!hasAddress) {
    return;
  }
  const chosen = (network.requestedIpam ?? []).flatMap(({ subnet }) => parseCidr(subnet ?? "")?.family ?? []);
  if ((ipv4 !== undefined && !chosen.includes(4)) || (ipv6 !== undefined && !chosen.includes(6))) {
    throw new InvalidArgument(
      "user specified IP address is supported only when connecting to networks with user configured subnets",
    );
  }
}
