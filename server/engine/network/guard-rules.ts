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
 * What containers may not say on their own bridge: that they are the gateway, that they give out addresses (DHCP), that
 * they are a router (IPv6). Needs the bridge family of nftables, which a kernel may lack.
 * @param gateways IPv4 addresses of all gateways: no two networks share one
 */
export function renderBridgeGuard(table: string, vethPrefix: string, gateways: readonly string[]): string {
  const elements = gateways.length === 0 ? "" : `elements = { ${gateways.join(", ")} }`;
  return `add table bridge ${table}
delete table bridge ${table}
table bridge ${table} {
  set gateways { type ipv4_addr; ${elements} }
  chain prerouting {
    type filter hook prerouting priority -300; policy accept;
    iifname != "${vethPrefix}*" accept
    arp saddr ip @gateways drop
    udp sport 67 udp dport 68 drop
    udp sport 547 udp dport 546 drop
    icmpv6 type { nd-router-advert, nd-redirect } drop
  }
}
`;
}
