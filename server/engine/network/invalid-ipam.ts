import { type Cidr, contains, formatAddress, formatCidr, overlaps, parseAddress, parseCidr } from "./cidr.ts";
import type { WantedPool } from "./ipam.ts";

/**
 * All that is wrong with the subnets that a network asks for, in dockerd's words (moby, api/types/network/ipam.go,
 * ValidateIPAM). Those of IPv6 count only where the network has it.
 */
export function invalidIpam(pools: readonly WantedPool[], enableIPv6: boolean): string[] {
  return pools.flatMap((pool) => {
    const subnet = prefixOf(pool.subnet ?? "");
    if (subnet === undefined) {
      return [`invalid subnet ${pool.subnet ?? ""}: invalid CIDR block notation`];
    }
    return subnet.block.family === 6 && !enableIPv6 ? [] : invalidPool(pool, subnet);
  });
}

function invalidPool({ ipRange, gateway, auxiliary = {} }: WantedPool, { text, block }: Prefix): string[] {
  const why = (name: string, address: string | undefined) => {
    const wrong = address === undefined ? undefined : invalidAddress(address, block, text);
    return wrong === undefined ? [] : [`${name}: ${wrong}`];
  };
  return [
    ...(formatCidr(block) === text ? [] : [`invalid subnet ${text}: it should be ${formatCidr(block)}`]),
    ...(ipRange === undefined ? [] : invalidRange(ipRange, block, text)),
    ...why(`invalid gateway ${gateway ?? ""}`, gateway),
    ...Object.entries(auxiliary).flatMap(([name, address]) => why(`invalid auxiliary address ${name}`, address)),
  ];
}

function invalidRange(ipRange: string, subnet: Cidr, text: string): string[] {
  const range = prefixOf(ipRange);
  const wrong = `invalid ip-range ${ipRange}`;
  if (range === undefined) {
    return [`${wrong}: invalid CIDR block notation`];
  }
  if (range.block.family !== subnet.family) {
    return [`${wrong}: parent subnet is an IPv${subnet.family} block`];
  }
  return [
    ...(range.block.prefixLength < subnet.prefixLength
      ? [`${wrong}: CIDR block is bigger than its parent subnet ${text}`]
      : []),
    ...(formatCidr(range.block) === range.text
      ? []
      : [`invalid ip-range ${range.text}: it should be ${formatCidr(range.block)}`]),
    ...(overlaps(range.block, subnet) ? [] : [`${wrong}: parent subnet ${text} doesn't contain ip-range`]),
  ];
}

function invalidAddress(text: string, subnet: Cidr, subnetText: string): string | undefined {
  const address = parseAddress(text);
  if (address === undefined) {
    return "invalid address";
  }
  if (address.family !== subnet.family) {
    return `parent subnet is an IPv${subnet.family} block`;
  }
  return contains(subnet, address.value) ? undefined : `parent subnet ${subnetText} doesn't contain this address`;
}

/** A block, and the address and length that were written. */
interface Prefix {
  block: Cidr;
  text: string;
}

/** As Go's netip.ParsePrefix: no zeros before the length. */
function prefixOf(text: string): Prefix | undefined {
  const block = /\/(?:0|[1-9]\d*)$/.test(text) ? parseCidr(text) : undefined;
  const address = parseAddress(text.split("/")[0] ?? "");
  return block === undefined || address === undefined
    ? undefined
    : { block, text: `${formatAddress(address)}/${block.prefixLength}` };
}
