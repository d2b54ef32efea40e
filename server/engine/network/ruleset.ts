import type { PrivateHost } from "./private-host.ts";
import type { GatewayResolver } from "./dns/gateway-resolvers.ts";
import { privateBlocks } from "./public-address.ts";

/** What the firewall must know; addresses as text, subnets as CIDR. */
export interface RulesetState {
  networks: readonly RulesetNetwork[];
  ports: readonly PortForward[];
  resolvers: readonly GatewayResolver[];
}

export interface RulesetNetwork {
  bridge: string;
  /** one of each family at most */
  pools: readonly { family: 4 | 6; subnet: string; gateway: string }[];
  internal: boolean;
  isolated: boolean;
  /** what leaves has the host's address */
  masquerade: boolean;
  /** what it reaches is of the Internet alone: no private network of the machine's, no published port of others */
  public: boolean;
  /** TCP ports of private networks that are open to it all the same */
  opened: readonly PrivateHost[];
  /** of the outside only `reachable` */
  restricted: boolean;
  /** addresses of either family, for so many seconds */
  reachable: readonly { address: string; seconds: number }[];
  /** what goes out of it and comes in, bytes a second; networks of the same `name` (a tenant's) share it */
  bandwidth?: { name: string; bytes: number };
}

export interface PortForward {
  protocol: "tcp" | "udp" | "sctp";
  family: 4 | 6;
  /** `0.0.0.0` and `::` are every address of the host */
  hostAddress: string;
  hostPort: number;
  address: string;
  port: number;
}

const everyAddress = new Set(["0.0.0.0", "::"]);

/**
 * The whole table as an nft script that replaces whatever was there.
 *
 * - Containers send only from their own network's addresses; over IPv6 only where the network has it.
 * - Forwarding: within a network yes, between networks no (whosever they are), out yes unless the network is
 *   internal, in only to published ports.
 * - To the host itself: answers, pings of the gateway, neighbour discovery, published ports and the name servers of
 *   sandboxes that ask at their gateway (those are rewritten before); nothing else.
 * - 169.254.0.0/16 (cloud metadata services) is out of reach.
 * - What a policy says of the way out: addresses of the Internet only (and single ports of others), or only what allowed
 *   names have led to.
 * - What is more than a tenant's bandwidth is dropped, in either direction: TCP slows down to it.
 *
 * Rules name interfaces by prefix (and those that have names of their own), so a bridge of ours that is in none of the
 * sets can do nothing at all.
 */
export function renderRuleset(table: string, bridgePrefix: string, state: RulesetState): string {
  const { networks, ports, resolvers } = state;
  const named = networks.map(({ bridge }) => bridge).filter((bridge) => !bridge.startsWith(bridgePrefix));
  const ours = `{ ${[`${bridgePrefix}*`, ...named].map((name) => `"${name}"`).join(", ")} }`;
  const same = networks.filter(({ isolated }) => !isolated).map(({ bridge }) => `"${bridge}" . "${bridge}"`);
  const servers = resolvers.map(
    ({ bridge, address, gateway, port }) => `"${bridge}" . ${address} . ${gateway} : ${gateway} . ${port}`,
  );
  const bridges = (which: (network: RulesetNetwork) => boolean) =>
    elements(networks.filter(which).map(({ bridge }) => `"${bridge}"`));
  const internal = networks.filter((network) => network.internal).map(({ bridge }) => `"${bridge}"`);
  return `add table inet ${table}
delete table inet ${table}
table inet ${table} {
  set same { type ifname . ifname; ${elements(same)} }
  set internal { type ifname; ${elements(internal)} }
  set public { type ifname; ${bridges((network) => network.public)} }
  set restricted { type ifname; ${bridges((network) => network.restricted)} }
  set private { type ipv4_addr; flags interval; ${elements(privateBlocks[4])} }
  set private6 { type ipv6_addr; flags interval; ${elements(privateBlocks[6])} }
  map resolvers { type ifname . ipv4_addr . ipv4_addr : ipv4_addr . inet_service; ${elements(servers)} }
${familySets(4, networks, ports)}${familySets(6, networks, ports)}
  chain sanity {
    type filter hook prerouting priority raw; policy accept;
    iifname != ${ours} accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    iifname . ip6 saddr != @sources6 drop
    iifname . ip saddr != @sources drop
    ip daddr 127.0.0.0/8 drop
    ip6 daddr ::1 drop
  }

  chain published {
    meta l4proto != { tcp, udp, sctp } return
    ip6 daddr ::1 return
    dnat ip to ip daddr . meta l4proto . th dport map @ports_at
    dnat ip to meta l4proto . th dport map @ports
    dnat ip6 to ip6 daddr . meta l4proto . th dport map @ports_at6
    dnat ip6 to meta l4proto . th dport map @ports6
  }

  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    meta l4proto { tcp, udp } th dport 53 dnat ip to iifname . ip saddr . ip daddr map @resolvers
    fib daddr type local jump published
  }

  chain output {
    type nat hook output priority -100; policy accept;
    fib daddr type local jump published
  }

  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname != ${ours} ip saddr @subnets masquerade
    oifname != ${ours} ip6 saddr @subnets6 masquerade
    oifname ${ours} ip saddr 127.0.0.0/8 masquerade
    # the host by a gateway's address: a container in that network too would answer there
    oifname ${ours} ip saddr @gateways masquerade
    oifname ${ours} ip6 saddr @gateways6 masquerade
    oifname . ip saddr @sources ct status dnat masquerade
    oifname . ip6 saddr @sources6 ct status dnat masquerade
  }

${bandwidthRules(networks)}
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname != ${ours} oifname != ${ours} accept
    ct state established,related accept
    ct state invalid drop
    iifname . oifname @same accept
    iifname ${ours} ip daddr 169.254.0.0/16 reject
    iifname @public jump private
    iifname @internal reject
    oifname @internal reject
    ct status dnat accept
    iifname ${ours} oifname ${ours} reject
    oifname ${ours} drop
    iifname != @restricted accept
    iifname . ip daddr @reachable accept
    iifname . ip6 daddr @reachable6 accept
    reject
  }

  chain private {
    iifname . ip daddr . tcp dport @opened return
    iifname . ip6 daddr . tcp dport @opened6 return
    ip daddr @private reject
    ip6 daddr @private6 reject
  }

  chain input {
    type filter hook input priority filter; policy accept;
    iifname != ${ours} accept
    ct state established,related accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    ip daddr @gateways icmp type echo-request accept
    ip6 daddr @gateways6 icmpv6 type echo-request accept
    meta l4proto { tcp, udp } ct status dnat ct original proto-dst 53 ip daddr @gateways accept
    reject
  }
}
`;
}

/** As much as TCP needs to find its speed may come at once, bytes: a tenth of a second's, and some large packets at least. */
const burstOf = (bytes: number) => Math.max(256 * 1024, Math.round(bytes / 10));

function bandwidthRules(networks: readonly RulesetNetwork[]): string {
  const limited = networks.flatMap(({ bridge, bandwidth }) => (bandwidth === undefined ? [] : [{ bridge, bandwidth }]));
  const rates = new Map(limited.map(({ bandwidth: { name, bytes } }) => [name, Math.max(1, Math.round(bytes))]));
  const limits = [...rates].map(
    ([name, bytes]) =>
      `  limit of-${name} { rate over ${bytes} bytes/second burst ${burstOf(bytes)} bytes; }\n  counter over-${name} { }\n`,
  );
  const rules = limited.flatMap(({ bridge, bandwidth: { name } }) =>
    ["iifname", "oifname"].map(
      (side) => `    ${side} "${bridge}" limit name "of-${name}" counter name "over-${name}" drop\n`,
    ),
  );
  return `${limits.join("")}
  chain bandwidth {
    type filter hook forward priority filter - 1; policy accept;
${rules.join("")}  }
`;
}

/** The sets and maps of one address family; those of IPv6 have a 6 behind their names. */
function familySets(family: 4 | 6, networks: readonly RulesetNetwork[], all: readonly PortForward[]): string {
  const type = family === 4 ? "ipv4_addr" : "ipv6_addr";
  const name = family === 4 ? "" : "6";
  const pools = networks.flatMap(({ bridge, pools: list, masquerade }) =>
    list.filter((pool) => pool.family === family).map((pool) => ({ ...pool, bridge, masquerade })),
  );
  const ports = all.filter((port) => port.family === family);
  const target = (port: PortForward) => `${port.protocol} . ${port.hostPort} : ${port.address} . ${port.port}`;
  const everywhere = ports.filter(({ hostAddress }) => everyAddress.has(hostAddress)).map((port) => target(port));
  const somewhere = ports
    .filter(({ hostAddress }) => !everyAddress.has(hostAddress))
    .map((port) => `${port.hostAddress} . ${target(port)}`);
  const sources = pools.map(({ bridge, subnet }) => `"${bridge}" . ${subnet}`);
  const reachable = networks.flatMap(({ bridge, reachable: list }) =>
    list
      .filter(({ address }) => address.includes(":") === (family === 6))
      .map(({ address, seconds }) => `"${bridge}" . ${address} timeout ${seconds}s`),
  );
  const opened = networks.flatMap(({ bridge, opened: list }) =>
    list
      .filter(({ address }) => address.includes(":") === (family === 6))
      .map(({ address, port }) => `"${bridge}" . ${address} . ${port}`),
  );
  const subnets = pools.filter(({ masquerade }) => masquerade).map(({ subnet }) => subnet);
  return `  set sources${name} { type ifname . ${type}; flags interval; ${elements(sources)} }
  set gateways${name} { type ${type}; ${elements(pools.map(({ gateway }) => gateway))} }
  set subnets${name} { type ${type}; flags interval; ${elements(subnets)} }
  set reachable${name} { type ifname . ${type}; flags timeout; ${elements(reachable)} }
  set opened${name} { type ifname . ${type} . inet_service; ${elements(opened)} }
  map ports${name} { type inet_proto . inet_service : ${type} . inet_service; ${elements(everywhere)} }
  map ports_at${name} { type ${type} . inet_proto . inet_service : ${type} . inet_service; ${elements(somewhere)} }
`;
}

/** Of a set or a map of nftables. */
export function elements(list: readonly string[]): string {
  return list.length === 0 ? "" : `elements = { ${list.join(", ")} }`;
}
