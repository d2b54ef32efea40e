import { elements, type RulesetNetwork } from "./ruleset.ts";

/** What one network may have of connections through the machine, whose table holds some hundred thousand. */
export interface ConnectionLimits {
  /** under way */
  most: number;
  /** new ones a second, and at once */
  rate: number;
  burst: number;
}

export const defaultConnectionLimits: ConnectionLimits = { most: 4_096, rate: 500, burst: 2_000 };

/**
 * Rules that do not depend on what networks there are, so that what they count is not forgotten whenever the others are
 * written anew: as many connections as one network may have. Loading them again changes nothing.
 */
export function renderLimits(table: string, bridgePrefix: string, { most, rate, burst }: ConnectionLimits): string {
  const ours = `iifname "${bridgePrefix}*" ct state new`;
  return `add table inet ${table}-limits
delete table inet ${table}-limits
table inet ${table}-limits {
  set connections { type ifname; size 65535; flags dynamic; }
  set rate { type ifname; size 65535; flags dynamic; timeout 1m; }
  chain forward {
    type filter hook forward priority filter + 1; policy accept;
    ${ours} add @connections { iifname ct count over ${most} } reject
    ${ours} update @rate { iifname limit rate over ${rate}/second burst ${burst} packets } drop
  }
}
`;
}

/**
 * What containers may not say on their own bridge: that they are of no network of ours, that they are the
 * gateway (and its name server), that they give out addresses (DHCP), that they are a router (IPv6); and nothing at all
 * to each other where the network is so. The other table sees what stays on a bridge only where br_netfilter is loaded.
 * Needs the bridge family of nftables, which a kernel may lack.
 */
export function renderBridgeGuard(table: string, vethPrefix: string, networks: readonly RulesetNetwork[]): string {
  const pools = networks.flatMap(({ pools: all, isolated }) => all.map((pool) => ({ ...pool, isolated })));
  const gateways = pools.flatMap(({ family, gateway }) => (family === 4 && gateway !== "" ? [gateway] : []));
  const subnets = (family: 4 | 6, which: (pool: { isolated: boolean }) => boolean) =>
    elements(pools.filter((pool) => pool.family === family && which(pool)).map(({ subnet }) => subnet));
  const sets = ([4, 6] as const).map(
    (family) => `  set subnets${family} { type ipv${family}_addr; flags interval; ${subnets(family, () => true)} }
  set apart${family} { type ipv${family}_addr; flags interval; ${subnets(family, ({ isolated }) => isolated)} }`,
  );
  return `add table bridge ${table}
delete table bridge ${table}
table bridge ${table} {
  set gateways { type ipv4_addr; ${elements(gateways)} }
${sets.join("\n")}
  chain prerouting {
    type filter hook prerouting priority -300; policy accept;
    iifname != "${vethPrefix}*" accept
    arp saddr ip @gateways drop
    ip saddr @gateways drop
    ip saddr != @subnets4 drop
    udp sport 67 udp dport 68 drop
    udp sport 547 udp dport 546 drop
    icmpv6 type { nd-router-advert, nd-redirect } drop
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    ip6 saddr != @subnets6 drop
  }
  chain forward {
    # after br_netfilter, with which the other table refuses it
    type filter hook forward priority 200; policy accept;
    ip saddr @apart4 ip daddr @apart4 drop
    ip6 saddr @apart6 ip6 daddr @apart6 drop
  }
}
`;
}
