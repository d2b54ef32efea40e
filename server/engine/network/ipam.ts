import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { PermissionDenied, Unknown, InvalidArgument, NotFound } from "../errdefs/errors.ts";
import {
  type Cidr,
  contains,
  type Family,
  formatAddress,
  formatCidr,
  lastOf,
  overlaps,
  parseAddress,
  parseCidr,
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

const privateBlocks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"].flatMap(
  (text) => parseCidr(text) ?? [],
);
/** The largest block that somebody who is not the operator may take (prefix length). */
const largestPrivate = { 4: 16, 6: 48 } as const;

/** Whether a subnet is anybody's to take: a public block would take the real one from every container on this machine. */
export function isPrivateBlock(subnet: Cidr): boolean {
  return subnet.prefixLength >= largestPrivate[subnet.family] && privateBlocks.some((block) => within(subnet, block));
}

/** What an address space may be exhausted by at most before it is said to be full (an IPv6 subnet never is). */
const searchLimit = 1n << 20n;

let machineId: string | undefined;

/** A block of local IPv6 addresses that is this machine's own (RFC 4193, 3.2.2; dockerd since version 27 does so). */
function localPool(): SubnetPool {
  machineId ??= existsSync("/etc/machine-id") ? readFileSync("/etc/machine-id", "utf8") : hostname();
  const digits = createHash("sha256").update(`drydock ${machineId.trim()}`).digest("hex");
  return { base: `fd${digits.slice(0, 2)}:${digits.slice(2, 6)}:${digits.slice(6, 10)}::/48`, size: 64 };
}

/** One subnet of a network as it is used. */
export interface AddressConfig {
  subnet: string;
  gateway: string;
  ipRange?: string;
  /** name → address that is never given out (Engine API, IPAMConfig.AuxiliaryAddresses) */
  auxiliary?: Record<string, string>;
}

/** One subnet as a user asks for it. */
export type WantedPool = Partial<AddressConfig>;

/**
 * Hands out subnets and addresses. It keeps nothing itself: `taken` says what is in use, so that metadata stays
 * the only truth.
 *
 * All networks share the host's routing table, so no two subnets may overlap, whosever they are.
 */
export class Ipam {
  readonly #inUseByHost: () => Cidr[];

  /** @param inUseByHost blocks that the host routes to or needs (its networks, its resolvers, whom it is connected with) */
  constructor(inUseByHost: () => Cidr[]) {
    this.#inUseByHost = inUseByHost;
  }

  /** @throws NotFound in dockerd's words when no block of `pools` is free */
  freeSubnet(pools: readonly SubnetPool[], taken: readonly Cidr[], family: Family = 4): AddressConfig {
    const used = [...taken, ...this.#inUseByHost()];
    const own = family === 6 && !pools.some(({ base }) => base.includes(":")) ? [localPool()] : [];
    for (const { base, size } of [...pools, ...own]) {
      const pool = parseCidr(base);
      if (pool === undefined || size < pool.prefixLength || size > (pool.family === 4 ? 30 : 126)) {
        throw new InvalidArgument(`address pool ${base} with blocks of /${size} makes no sense`);
      }
      if (pool.family !== family) continue;
      const step = 1n << BigInt((family === 4 ? 32 : 128) - size);
      const end = pool.base + step * searchLimit;
      for (let start = pool.base; start <= lastOf(pool) && start < end; start += step) {
        const block: Cidr = { family, base: start, prefixLength: size };
        if (!used.some((other) => overlaps(block, other))) {
          return { subnet: formatCidr(block), gateway: formatAddress({ family, value: start + 1n }) };
        }
      }
    }
    throw new NotFound(
      `could not find an available, non-overlapping IPv${family} address pool among the defaults to assign to the network`,
    );
  }

  /**
   * Checks a subnet that a user asks for. Texts and classes are dockerd's (libnetwork, ipam).
   *
   * @throws Unknown (nonsense), or PermissionDenied when it overlaps another network
   */
  claimSubnet(wanted: WantedPool, taken: readonly Cidr[], options: { hostsToo?: boolean } = {}): AddressConfig {
    const text = wanted.subnet ?? "";
    const subnet = parseCidr(text);
    if (subnet === undefined) {
      throw new Unknown(`Invalid subnet ${text} : invalid CIDR address: ${text}`);
    }
    if (
      subnet.prefixLength < 8 ||
      taken.some((other) => overlaps(subnet, other)) ||
      (options.hostsToo !== true && this.#inUseByHost().some((other) => overlaps(subnet, other)))
    ) {
      throw new PermissionDenied("Pool overlaps with other one on this address space");
    }
    const range = wanted.ipRange === undefined ? subnet : parseCidr(wanted.ipRange);
    if (range === undefined || !within(range, subnet)) {
      throw new Unknown(
        `failed to parse pool request for address space "LocalDefault" pool "${text}" subpool "${wanted.ipRange ?? ""}": Invalid Address SubPool`,
      );
    }
    const gateway = gatewayOf(wanted, subnet, range);
    return {
      subnet: formatCidr(subnet),
      gateway,
      ...(wanted.ipRange === undefined ? {} : { ipRange: formatCidr(range) }),
      ...(wanted.auxiliary === undefined ? {} : { auxiliary: checkedAuxiliary(wanted, subnet, gateway) }),
    };
  }

  /**
   * One address of the network: `wanted`, or the lowest free one.
   *
   * @param label of the network, for messages
   * @throws InvalidArgument (outside), PermissionDenied (`Address already in use`), Unknown (none left)
   */
  address(network: AddressConfig, taken: ReadonlySet<string>, wanted?: string, label = network.subnet): string {
    const subnet = parseCidr(network.subnet);
    const range = parseCidr(network.ipRange ?? network.subnet);
    if (subnet === undefined || range === undefined) {
      throw new InvalidArgument(`invalid subnet ${network.subnet}`);
    }
    const reserved = new Set([network.gateway, ...Object.values(network.auxiliary ?? {})]);
    if (wanted !== undefined) {
      const address = parseAddress(wanted);
      if (address === undefined || address.family !== subnet.family || !contains(subnet, address.value)) {
        throw new InvalidArgument(`Invalid address ${wanted}: It does not belong to any of this network's subnets`);
      }
      const text = formatAddress(address);
      // The network's own address and its broadcast address are taken, too.
      if (reserved.has(text) || taken.has(text) || !isHost(subnet, address.value)) {
        throw new PermissionDenied("Address already in use");
      }
      return text;
    }
    const first = firstUsable(subnet, range);
    const { family } = subnet;
    for (let value = first; value <= lastOf(range) && value < first + searchLimit; value++) {
      const text = formatAddress({ family, value });
      if (isHost(subnet, value) && !reserved.has(text) && !taken.has(text)) {
        return text;
      }
    }
    throw new Unknown(`no available IPv${family} addresses on this network's address pools: ${label}`);
  }
}

/** Any, of those that are nobody's (IEEE 802, locally administered). */
export function randomMac(): string {
  return `02:42:${randomBytes(4).toString("hex").match(/../g)?.join(":") ?? ""}`;
}

/** Docker's form: 02:42 and the four bytes of the address, so that a reused address keeps its neighbours' entries right. */
export function macOf(address: string): string {
  return `02:42:${address
    .split(".")
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join(":")}`;
}

function gatewayOf(wanted: WantedPool, subnet: Cidr, range: Cidr): string {
  const { family } = subnet;
  if (wanted.gateway === undefined) {
    const first = firstUsable(subnet, range);
    if (!isHost(subnet, first)) {
      throw new Unknown("failed to allocate gateway (): No available addresses on this pool");
    }
    return formatAddress({ family, value: first });
  }
  const gateway = parseAddress(wanted.gateway);
  if (gateway === undefined) {
    throw new Unknown(`invalid gateway address ${wanted.gateway} in Ipam configuration`);
  }
  if (gateway.family !== family || !contains(subnet, gateway.value)) {
    throw new Unknown(`failed to allocate gateway (${wanted.gateway}): Requested address is out of range`);
  }
  if (!isHost(subnet, gateway.value)) {
    const some = isHost(subnet, subnet.base + 1n);
    const why = some ? "Address already in use" : "No available addresses on this pool";
    throw new Unknown(`failed to allocate gateway (${wanted.gateway}): ${why}`);
  }
  return formatAddress(gateway);
}

function checkedAuxiliary(wanted: WantedPool, subnet: Cidr, gateway: string): Record<string, string> {
  const used = new Set([gateway]);
  const pairs = Object.entries(wanted.auxiliary ?? {}).map(([name, text]): [string, string] => {
    const address = parseAddress(text);
    if (address === undefined) {
      throw new Unknown(`non parsable secondary ip address (${name}:${text}) passed for network`);
    }
    if (address.family !== subnet.family || !contains(subnet, address.value)) {
      throw new PermissionDenied(
        `auxiliary address: (${name}:${text}) must belong to the master pool: ${formatCidr(subnet)}`,
      );
    }
    const canonical = formatAddress(address);
    if (used.has(canonical)) {
      throw new Unknown(`failed to allocate secondary ip address (${name}:${text}): Address already in use`);
    }
    used.add(canonical);
    return [name, canonical];
  });
  return Object.fromEntries(pairs);
}

function firstUsable(subnet: Cidr, range: Cidr): bigint {
  return range.base === subnet.base ? subnet.base + 1n : range.base;
}

/** Neither the network's own address nor, in IPv4, its broadcast address. */
function isHost(subnet: Cidr, address: bigint): boolean {
  return contains(subnet, address) && address !== subnet.base && (subnet.family === 6 || address !== lastOf(subnet));
}
