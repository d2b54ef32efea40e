import { isIPv4 } from "node:net";
import { InvalidArgument, PermissionDenied, ResourceExhausted } from "../errdefs/errors.ts";
import {
  addressNumber,
  type Cidr,
  contains,
  formatAddress,
  formatCidr,
  lastOf,
  overlaps,
  parseCidr,
  sizeOf,
  within,
} from "./cidr.ts";

/** Where subnets come from: blocks of `size` (prefix length) cut from `base`, in order. */
export interface SubnetPool {
  base: string;
  size: number;
}

/** For the `bridge` network that every tenant has: 1,792 of them. */
export const defaultBridgePools: readonly SubnetPool[] = [
  { base: "10.201.0.0/16", size: 24 },
  { base: "10.202.0.0/15", size: 24 },
  { base: "10.204.0.0/14", size: 24 },
];

/** For networks that users make: Docker's 172.18 to 172.31, in blocks small enough for a class. */
export const userPools: readonly SubnetPool[] = Array.from({ length: 14 }, (_, index) => ({
  base: `172.${18 + index}.0.0/16`,
  size: 24,
}));

const privateBlocks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].flatMap((text) => parseCidr(text) ?? []);

export interface AddressConfig {
  subnet: string;
  gateway: string;
  ipRange?: string;
}

/**
 * Hands out subnets and addresses. It keeps nothing itself: `taken` says what is in use, so that metadata stays
 * the only truth.
 *
 * All networks share the host's routing table, so no two subnets may overlap, whosever they are.
 */
export class Ipam {
  readonly #inUseByHost: () => Cidr[];

  /** @param inUseByHost blocks that the host routes to or needs (its networks, its resolvers) */
  constructor(inUseByHost: () => Cidr[]) {
    this.#inUseByHost = inUseByHost;
  }

  /** @throws ResourceExhausted when no block of `pools` is free */
  freeSubnet(pools: readonly SubnetPool[], taken: readonly Cidr[]): AddressConfig {
    const used = [...taken, ...this.#inUseByHost()];
    for (const { base, size } of pools) {
      const pool = parseCidr(base);
      if (pool === undefined || size < pool.prefixLength || size > 30) {
        throw new InvalidArgument(`address pool ${base} with blocks of /${size} makes no sense`);
      }
      for (let start = pool.base; start <= lastOf(pool); start += 2 ** (32 - size)) {
        const block = { base: start, prefixLength: size };
        if (!used.some((other) => overlaps(block, other))) {
          return { subnet: formatCidr(block), gateway: formatAddress(start + 1) };
        }
      }
    }
    throw new ResourceExhausted(
      "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network: remove networks that are no longer used",
    );
  }

  /**
   * Checks a subnet that a user asks for.
   *
   * @throws InvalidArgument, or PermissionDenied when it overlaps another network or is not the user's to take
   */
  claimSubnet(
    wanted: { subnet: string; gateway?: string; ipRange?: string },
    taken: readonly Cidr[],
    options: { anyBlock: boolean },
  ): AddressConfig {
    const subnet = parseCidr(wanted.subnet);
    if (subnet === undefined) {
      throw new InvalidArgument(`invalid subnet ${wanted.subnet}: expected IPv4 such as 172.30.0.0/24`);
    }
    if (subnet.prefixLength > 30 || subnet.prefixLength < 8) {
      throw new InvalidArgument(`invalid subnet ${wanted.subnet}: its prefix must be from /8 to /30`);
    }
    if (
      taken.some((other) => overlaps(subnet, other)) ||
      this.#inUseByHost().some((other) => overlaps(subnet, other))
    ) {
      throw new PermissionDenied("Pool overlaps with other one on this address space");
    }
    // a public block would take the real one from every container on this machine
    if (!options.anyBlock && (subnet.prefixLength < 16 || !privateBlocks.some((block) => within(subnet, block)))) {
      throw new PermissionDenied(
        `subnet ${wanted.subnet} is not allowed here: choose a private block of /16 or smaller, such as 172.30.0.0/24`,
      );
    }
    const range = wanted.ipRange === undefined ? subnet : parseCidr(wanted.ipRange);
    if (range === undefined || !within(range, subnet)) {
      throw new InvalidArgument(`invalid ip-range ${wanted.ipRange}: it must be a block inside ${wanted.subnet}`);
    }
    const gateway = wanted.gateway ?? formatAddress(firstUsable(subnet, range));
    if (!isIPv4(gateway) || !isHost(subnet, addressNumber(gateway))) {
      throw new InvalidArgument(
        `no matching subnet for gateway ${gateway}: it must be an address inside ${wanted.subnet}`,
      );
    }
    return {
      subnet: formatCidr(subnet),
      gateway,
      ...(wanted.ipRange === undefined ? {} : { ipRange: formatCidr(range) }),
    };
  }

  /**
   * One address of the network: `wanted`, or the lowest free one.
   *
   * @throws InvalidArgument (outside), PermissionDenied (`Address already in use`), ResourceExhausted
   */
  address(network: AddressConfig, taken: ReadonlySet<string>, wanted?: string): string {
    const subnet = parseCidr(network.subnet);
    const range = parseCidr(network.ipRange ?? network.subnet);
    if (subnet === undefined || range === undefined) {
      throw new InvalidArgument(`invalid subnet ${network.subnet}`);
    }
    if (wanted !== undefined) {
      if (!isIPv4(wanted) || !isHost(subnet, addressNumber(wanted))) {
        throw new InvalidArgument(`invalid address ${wanted}: it is not in the network's subnet ${network.subnet}`);
      }
      if (wanted === network.gateway || taken.has(wanted)) {
        throw new PermissionDenied(`Address already in use: ${wanted}`);
      }
      return wanted;
    }
    for (let address = firstUsable(subnet, range); address <= lastOf(range); address++) {
      const text = formatAddress(address);
      if (isHost(subnet, address) && text !== network.gateway && !taken.has(text)) {
        return text;
      }
    }
    throw new ResourceExhausted(`no available IPv4 addresses on this network's address pool ${formatCidr(range)}`);
  }
}

/** Docker's form: 02:42 and the four bytes of the address, so that a reused address keeps its neighbours' entries right. */
export function macOf(address: string): string {
  return `02:42:${address
    .split(".")
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join(":")}`;
}

function firstUsable(subnet: Cidr, range: Cidr): number {
  return range.base === subnet.base ? subnet.base + 1 : range.base;
}

/** Neither the network's own address nor its broadcast address. */
function isHost(subnet: Cidr, address: number): boolean {
  return contains(subnet, address) && address !== subnet.base && address !== subnet.base + sizeOf(subnet) - 1;
}
