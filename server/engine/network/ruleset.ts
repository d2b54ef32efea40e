/** What the firewall must know; addresses dotted, subnets as CIDR. */
export interface RulesetState {
  networks: readonly { bridge: string; subnet: string; gateway: string; internal: boolean; isolated: boolean }[];
  ports: readonly PortForward[];
}

export interface PortForward {
  protocol: "tcp" | "udp";
  /** `0.0.0.0` is every address of the host */
  hostAddress: string;
  hostPort: number;
  address: string;
  port: number;
}

/**
 * The whole table as an nft script that replaces whatever was there.
 *
 * - Containers send only from their own network's addresses, and nothing over IPv6.
 * - Forwarding: within a network yes, between networks no (whosever they are), out yes unless the network is
 *   internal, in only to published ports.
 * - To the host itself: answers, pings of the gateway and published ports (those are rewritten before); nothing else.
 * - 169.254.0.0/16 (cloud metadata services) is out of reach.
 *
 * Rules name interfaces by prefix, so a bridge of ours that is in none of the sets can do nothing at all.
 */
export function renderRuleset(table: string, bridgePrefix: string, state: RulesetState): string {
  const ours = `"${bridgePrefix}*"`;
  const { networks, ports } = state;
  const sources = networks.map(({ bridge, subnet }) => `"${bridge}" . ${subnet}`);
  const same = networks.filter(({ isolated }) => !isolated).map(({ bridge }) => `"${bridge}" . "${bridge}"`);
  const internal = networks.filter((network) => network.internal).map(({ bridge }) => `"${bridge}"`);
  const [everywhere, somewhere] = [
    ports.filter((port) => port.hostAddress === "0.0.0.0"),
    ports.filter((port) => port.hostAddress !== "0.0.0.0"),
  ];
  return `add table inet ${table}
delete table inet ${table}
table inet ${table} {
  set sources { type ifname . ipv4_addr; flags interval; ${elements(sources)} }
  set same { type ifname . ifname; ${elements(same)} }
  set internal { type ifname; ${elements(internal)} }
  set gateways { type ipv4_addr; ${elements(networks.map(({ gateway }) => gateway))} }
  set subnets { type ipv4_addr; flags interval; ${elements(networks.map(({ subnet }) => subnet))} }
  map ports { type inet_proto . inet_service : ipv4_addr . inet_service; ${elements(
    everywhere.map((port) => `${port.protocol} . ${port.hostPort} : ${port.address} . ${port.port}`),
  )} }
  map ports_at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; ${elements(
    somewhere.map((p) => `${p.hostAddress} . ${p.protocol} . ${p.hostPort} : ${p.address} . ${p.port}`),
  )} }

  chain sanity {
    type filter hook prerouting priority raw; policy accept;
    iifname != ${ours} accept
    meta nfproto ipv6 drop
    iifname . ip saddr != @sources drop
    ip daddr 127.0.0.0/8 drop
  }

  chain published {
    meta nfproto != ipv4 return
    meta l4proto != { tcp, udp } return
    dnat ip to ip daddr . meta l4proto . th dport map @ports_at
    dnat ip to meta l4proto . th dport map @ports
  }

  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local jump published
  }

  chain output {
    type nat hook output priority -100; policy accept;
    fib daddr type local jump published
  }

  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname != ${ours} ip saddr @subnets masquerade
    oifname ${ours} ip saddr 127.0.0.0/8 masquerade
    oifname . ip saddr @sources ct status dnat masquerade
  }

  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname != ${ours} oifname != ${ours} accept
    ct state established,related accept
    ct state invalid drop
    iifname . oifname @same accept
    iifname ${ours} ip daddr 169.254.0.0/16 reject
    iifname @internal reject
    oifname @internal reject
    ct status dnat accept
    iifname ${ours} oifname ${ours} reject
    oifname ${ours} drop
    accept
  }

  chain input {
    type filter hook input priority filter; policy accept;
    iifname != ${ours} accept
    ct state established,related accept
    ip daddr @gateways icmp type echo-request accept
    reject
  }
}
`;
}

function elements(list: readonly string[]): string {
  return list.length === 0 ? "" : `elements = { ${list.join(", ")} }`;
}
