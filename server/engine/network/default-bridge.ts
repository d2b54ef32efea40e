import { InvalidArgument } from "../errdefs/errors.ts";
import { contains, type Family, formatAddress, formatCidr, parseCidr, parseInterfaceAddress } from "./cidr.ts";
import type { WantedPool } from "./ipam.ts";

/** The operator's settings of the networks `bridge` (dockerd(8): --bip, --fixed-cidr, --default-gateway, --icc, ...). */
export interface DefaultBridge {
  /** the operator has no network `bridge` */
  none?: boolean;
  /** the device's own, with its prefix length; of the operator's, for every tenant needs others */
  address?: string | undefined;
  address6?: string | undefined;
  /** where containers' addresses are from */
  range?: string | undefined;
  range6?: string | undefined;
  /** containers' way out, where it is not the device */
  gateway?: string | undefined;
  gateway6?: string | undefined;
  enableIPv6?: boolean;
  /** where ports are published that name no host address */
  hostBinding?: string | undefined;
  /** of the driver, for everybody's */
  options?: Record<string, string>;
}

/** libnetwork's names of addresses that containers have as their gateway in place of the bridge's. */
export const otherGateways = { 4: "DefaultGatewayIPv4", 6: "DefaultGatewayIPv6" } as const;

/** What the operator's network `bridge` asks of IPAM; undefined: any free subnet. @throws InvalidArgument */
export function defaultBridgePool(settings: DefaultBridge, family: Family): WantedPool | undefined {
  const [address, range, gateway] =
    family === 4
      ? [settings.address, settings.range, settings.gateway]
      : [settings.address6, settings.range6, settings.gateway6];
  const own = parseInterfaceAddress(address ?? "");
  const subnet = own?.block ?? parseCidr(range ?? "");
  if (subnet === undefined) {
    return undefined;
  }
  if (gateway !== undefined && !contains(subnet, gateway)) {
    throw new InvalidArgument(`default-gateway ${gateway} is not in the network ${formatCidr(subnet)}`);
  }
  return {
    subnet: formatCidr(subnet),
    ...(own === undefined ? {} : { gateway: formatAddress(own) }),
    ...(range === undefined || own === undefined ? {} : { ipRange: range }),
    ...(gateway === undefined ? {} : { auxiliary: { [otherGateways[family]]: gateway } }),
  };
}
