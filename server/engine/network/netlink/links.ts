import { addressBytes, type Cidr, type Family, formatAddress } from "../cidr.ts";
import { broadcastBytes, textOfAddress } from "./address-bytes.ts";
import { type Attribute, attributes, decodeAttributes, type NetlinkMessage, textOf, viewOf } from "./message.ts";
import { isErrno } from "./kernel-error.ts";
import {
  IFLA_ADDRESS,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_LINKINFO,
  IFLA_MTU,
  IFLA_NET_NS_FD,
  ifinfo,
  macBytes,
  NLA_F_NESTED,
  none,
} from "./link-message.ts";
import { NetlinkSocket, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "./netlink-socket.ts";
import type { Netns } from "./netns.ts";
import { type VlanDevice, vlanDevice, type VlanKind } from "./vlan-device.ts";

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;
const RTM_NEWNEIGH = 28;

const IFLA_MASTER = 10;
const IFLA_OPERSTATE = 16;
const IFLA_AF_SPEC = 26;
const IFLA_INFO_SLAVE_KIND = 4;
const IFLA_INFO_SLAVE_DATA = 5;
const IFLA_BRPORT_MODE = 4;
const IFLA_BRPORT_LEARNING = 8;
const IFLA_BRPORT_LOCKED = 39;
const AF_BRIDGE = 7;
const NDA_LLADDR = 2;
const NUD_NOARP = 0x40;
const NTF_MASTER = 0x04;
const VETH_INFO_PEER = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;
const IFA_F_NODAD = 2;
const IFF_UP = 1;
const IF_OPER_UP = 6;

export interface Link {
  index: number;
  name: string;
  up: boolean;
  /** it passes frames: carrier seen by the whole kernel, which is some ms after both ends are up */
  operational: boolean;
  mtu: number;
}

/** Devices, addresses and routes of one network namespace (rtnetlink(7)). All methods throw `KernelError`. */
export class Links implements Disposable {
  readonly #socket: NetlinkSocket;
  readonly #netns: Netns | undefined;
  /** for `delete` and for `look`, which is not to wait for every deletion that is asked for */
  #deleting: NetlinkSocket | undefined;
  #looking: NetlinkSocket | undefined;

  constructor(netns?: Netns) {
    this.#netns = netns;
    this.#socket = new NetlinkSocket(netns);
  }

  list(): Link[] {
    return this.#socket.dump("list network devices", RTM_GETLINK, ifinfo(0)).map(({ payload }) => decodeLink(payload));
  }

  /** One device, or undefined. */
  get(name: string): Link | undefined {
    try {
      return found(this.#socket.query(`look up ${name}`, RTM_GETLINK, named(name)));
    } catch (error) {
      return unlessGone(error);
    }
  }

  /**
   * The same off the main thread: whoever deletes a device holds the kernel's lock on all networks for tens of
   * milliseconds. Before a row of changes it is waited for here, and not in `drydockd`'s thread.
   */
  async look(name: string): Promise<Link | undefined> {
    this.#looking ??= new NetlinkSocket(this.#netns);
    try {
      return found(await this.#looking.slowly(`look up ${name}`, RTM_GETLINK, named(name)));
    } catch (error) {
      return unlessGone(error);
    }
  }

  /** The device's index, or undefined. */
  index(name: string): number | undefined {
    return this.get(name)?.index;
  }

  /** Makes a bridge that is up and has no IPv6. @returns its index */
  createBridge(name: string, mac: string, mtu: number): number {
    const payload = attributes(ifinfo(0), [
      [IFLA_IFNAME, name],
      [IFLA_ADDRESS, macBytes(mac)],
      [IFLA_MTU, mtu],
      [IFLA_LINKINFO | NLA_F_NESTED, attributes(none, [[IFLA_INFO_KIND, "bridge"]])],
    ]);
    this.#socket.request(`create bridge ${name}`, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, payload);
    this.#withoutIPv6(name);
    this.#socket.request(`bring ${name} up`, RTM_NEWLINK, 0, attributes(ifinfo(0, IFF_UP), [[IFLA_IFNAME, name]]));
    return this.get(name)?.index ?? 0;
  }

  /** Makes a veth pair in one call: `name` here, up and on `bridge`; `peer.name`, still down, in `peer.netns`. */
  createVeth(name: string, bridge: number, mtu: number, peer: { name: string; mac: string; netns: Netns }): void {
    const peerInfo = attributes(ifinfo(0), [
      [IFLA_IFNAME, peer.name],
      [IFLA_ADDRESS, macBytes(peer.mac)],
      [IFLA_MTU, mtu],
      [IFLA_NET_NS_FD, peer.netns.fd],
    ]);
    const payload = attributes(ifinfo(0), [
      [IFLA_IFNAME, name],
      [IFLA_MTU, mtu],
      [
        IFLA_LINKINFO | NLA_F_NESTED,
        attributes(none, [
          [IFLA_INFO_KIND, "veth"],
          [IFLA_INFO_DATA | NLA_F_NESTED, attributes(none, [[VETH_INFO_PEER | NLA_F_NESTED, peerInfo]])],
        ]),
      ],
    ]);
    this.#socket.request(`create veth pair ${name}`, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, payload);
    this.#withoutIPv6(name);
    const up = attributes(ifinfo(0, IFF_UP), [
      [IFLA_IFNAME, name],
      [IFLA_MASTER, bridge],
    ]);
    this.#socket.request(`put ${name} on its bridge`, RTM_NEWLINK, 0, up);
  }

  /** Makes a device without a cable, up. */
  createDummy(name: string): void {
    const payload = attributes(ifinfo(0, IFF_UP), [
      [IFLA_IFNAME, name],
      [IFLA_LINKINFO | NLA_F_NESTED, attributes(none, [[IFLA_INFO_KIND, "dummy"]])],
    ]);
    this.#socket.request(`create device ${name}`, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, payload);
  }

  /** Makes a device, still down, on another one of this namespace. */
  createVlanDevice(kind: VlanKind, name: string, on: VlanDevice): void {
    const payload = vlanDevice(kind, name, on);
    this.#socket.request(`create ${kind} device ${name}`, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, payload);
  }

  /**
   * Lets the bridge send frames back to the port they came from: with br_netfilter a container's connection to its
   * own published port turns round inside the bridge.
   */
  setHairpin(veth: string): void {
    this.#setPort(`set hairpin mode of ${veth}`, veth, [[IFLA_BRPORT_MODE, Uint8Array.of(1)]]);
  }

  /**
   * Lets a port of a bridge have this hardware address and no other: frames from others are dropped (Linux 5.18), and
   * none is learnt, so that inventing addresses neither takes a neighbour's traffic nor fills the kernel's table.
   */
  lockPort(veth: string, mac: string): void {
    const head = new Uint8Array(12);
    const view = viewOf(head);
    head[0] = AF_BRIDGE;
    view.setUint32(4, this.index(veth) ?? 0, true);
    view.setUint16(8, NUD_NOARP, true);
    head[10] = NTF_MASTER;
    const payload = attributes(head, [[NDA_LLADDR, macBytes(mac)]]);
    this.#socket.request(`name the address behind ${veth}`, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, payload);
    this.#setPort(`lock ${veth}`, veth, [
      [IFLA_BRPORT_LEARNING, Uint8Array.of(0)],
      [IFLA_BRPORT_LOCKED, Uint8Array.of(1)],
    ]);
  }

  #setPort(what: string, veth: string, settings: readonly Attribute[]): void {
    const payload = attributes(ifinfo(0), [
      [IFLA_IFNAME, veth],
      [
        IFLA_LINKINFO | NLA_F_NESTED,
        attributes(none, [
          [IFLA_INFO_SLAVE_KIND, "bridge"],
          [IFLA_INFO_SLAVE_DATA | NLA_F_NESTED, attributes(none, settings)],
        ]),
      ],
    ]);
    this.#socket.request(what, RTM_NEWLINK, 0, payload);
  }

  /** Moves a device, down, into a container and gives it another name there, and a hardware address. */
  move(name: string, to: { name: string; netns: Netns; mac?: string }): void {
    const index = this.index(name) ?? 0;
    const payload = attributes(ifinfo(index), [
      [IFLA_IFNAME, to.name],
      [IFLA_NET_NS_FD, to.netns.fd],
      ...(to.mac === undefined ? [] : [[IFLA_ADDRESS, macBytes(to.mac)] satisfies Attribute]),
    ]);
    this.#socket.request(`move ${name} into the container`, RTM_NEWLINK, 0, payload);
  }

  setUp(index: number): void {
    this.#socket.request("bring a network device up", RTM_NEWLINK, 0, ifinfo(index, IFF_UP));
  }

  /** Deletes a device (either end of a veth pair) off the main thread. False when there is none of that name. */
  async delete(name: string): Promise<boolean> {
    this.#deleting ??= new NetlinkSocket(this.#netns);
    try {
      await this.#deleting.slowly(`delete network device ${name}`, RTM_DELLINK, named(name));
      return true;
    } catch (error) {
      return unlessGone(error) ?? false;
    }
  }

  /** Idempotent. IPv6 addresses can be used at once: nobody else is asked for them first. */
  addAddress(index: number, address: string, prefixLength: number): void {
    const head = new Uint8Array(8);
    const bytes = addressBytes(address);
    head[0] = bytes.length === 4 ? AF_INET : AF_INET6;
    head[1] = prefixLength;
    head[2] = bytes.length === 4 ? 0 : IFA_F_NODAD;
    viewOf(head).setUint32(4, index, true);
    const payload = attributes(head, [
      [1, bytes], // IFA_ADDRESS
      [2, bytes], // IFA_LOCAL
      ...(bytes.length === 4 ? [[4, broadcastBytes(bytes, prefixLength)] satisfies Attribute] : []), // IFA_BROADCAST
    ]);
    this.#socket.request(`add address ${address}/${prefixLength}`, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, payload);
  }

  /** IPv4 addresses of all devices. */
  addresses(): { index: number; address: string; prefixLength: number }[] {
    const head = new Uint8Array(8);
    head[0] = AF_INET;
    return this.#socket.dump("list addresses", RTM_GETADDR, head).flatMap(({ payload }) => {
      const local = decodeAttributes(payload.subarray(8)).get(2);
      return local === undefined
        ? []
        : [{ index: viewOf(payload).getUint32(4, true), address: local.join("."), prefixLength: payload[1] ?? 32 }];
    });
  }

  /** Adds or replaces the default route of the gateway's family. */
  setDefaultRoute(gateway: string, index: number): void {
    const bytes = addressBytes(gateway);
    const payload = attributes(routeHead(bytes.length === 4 ? 4 : 6), [
      [5, bytes], // RTA_GATEWAY
      [4, index], // RTA_OIF
    ]);
    if (bytes.length !== 4) this.deleteDefaultRoute(6); // one through another device would stay beside it
    this.#socket.request(`set default route to ${gateway}`, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, payload);
  }

  /** @param via a gateway; empty: the destination's are neighbours */
  addRoute({ base, prefixLength, family }: Cidr, via: string, index: number): void {
    const head = routeHead(family);
    head[1] = prefixLength;
    if (via === "") head[6] = 253; // RT_SCOPE_LINK
    const payload = attributes(head, [
      [1, addressBytes(formatAddress({ family, value: base }))], // RTA_DST
      [4, index], // RTA_OIF
      ...(via === "" ? [] : [[5, addressBytes(via)] satisfies Attribute]), // RTA_GATEWAY
    ]);
    this.#socket.request(
      `add a route to ${formatAddress({ family, value: base })}`,
      RTM_NEWROUTE,
      NLM_F_CREATE | NLM_F_REPLACE,
      payload,
    );
  }

  /** Idempotent. */
  deleteDefaultRoute(family: Family = 4): void {
    try {
      this.#socket.request("delete default route", RTM_DELROUTE, 0, routeHead(family));
    } catch (error) {
      if (!isErrno(error, "ESRCH", "EAFNOSUPPORT", "EOPNOTSUPP")) {
        throw error;
      }
    }
  }

  /** Destinations of the main routing table, without default routes, with their device's index. */
  routes(family: Family = 4): { destination: string; prefixLength: number; index: number }[] {
    const head = new Uint8Array(12);
    head[0] = family === 4 ? AF_INET : AF_INET6;
    return this.#socket.dump("list routes", RTM_GETROUTE, head).flatMap(({ payload }) => {
      const found = decodeAttributes(payload.subarray(12));
      const destination = found.get(1);
      const device = found.get(4);
      // 254: the main table
      return destination === undefined || payload[0] !== head[0] || payload[4] !== 254
        ? []
        : [
            {
              destination: textOfAddress(destination),
              prefixLength: payload[1] ?? 32,
              index: device === undefined ? 0 : viewOf(device).getUint32(0, true),
            },
          ];
    });
  }

  /** No link-local address and no router solicitation: containers must not find the host over IPv6. */
  #withoutIPv6(name: string): void {
    const payload = attributes(ifinfo(0), [[IFLA_IFNAME, name], noLinkLocal]);
    try {
      this.#socket.request(`take IPv6 from ${name}`, RTM_NEWLINK, 0, payload);
    } catch (error) {
      // a kernel without IPv6 has nothing to take away
      if (!isErrno(error, "EAFNOSUPPORT", "EOPNOTSUPP")) {
        throw error;
      }
    }
  }

  /** MTU of the device that the default route leaves by; 1500 without one. */
  defaultMtu(): number {
    const head = new Uint8Array(12);
    head[0] = AF_INET;
    const links = this.list();
    for (const { payload } of this.#socket.dump("list routes", RTM_GETROUTE, head)) {
      const device = decodeAttributes(payload.subarray(12)).get(4);
      if (payload[1] === 0 && payload[4] === 254 && device !== undefined) {
        const index = viewOf(device).getUint32(0, true);
        return Math.min(1500, links.find((link) => link.index === index)?.mtu ?? 1500);
      }
    }
    return 1500;
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
    this.#deleting?.[Symbol.dispose]();
    this.#looking?.[Symbol.dispose]();
  }
}

const noLinkLocal: Attribute = [
  IFLA_AF_SPEC | NLA_F_NESTED,
  attributes(none, [
    [AF_INET6 | NLA_F_NESTED, attributes(none, [[IFLA_INET6_ADDR_GEN_MODE, Uint8Array.of(IN6_ADDR_GEN_MODE_NONE)]])],
  ]),
];

function named(name: string): Uint8Array {
  return attributes(ifinfo(0), [[IFLA_IFNAME, name]]);
}

function found([answer]: readonly NetlinkMessage[]): Link | undefined {
  return answer === undefined ? undefined : decodeLink(answer.payload);
}

/** @throws every other error */
function unlessGone(error: unknown): undefined {
  if (!isErrno(error, "ENODEV")) throw error;
}

function decodeLink(payload: Uint8Array): Link {
  const found = decodeAttributes(payload.subarray(16));
  const mtu = found.get(IFLA_MTU);
  return {
    index: viewOf(payload).getInt32(4, true),
    name: textOf(found.get(IFLA_IFNAME)),
    up: (viewOf(payload).getUint32(8, true) & IFF_UP) !== 0,
    operational: found.get(IFLA_OPERSTATE)?.[0] === IF_OPER_UP,
    mtu: mtu === undefined ? 1500 : viewOf(mtu).getUint32(0, true),
  };
}

function routeHead(family: Family): Uint8Array {
  const head = new Uint8Array(12);
  head[0] = family === 4 ? AF_INET : AF_INET6;
  head[4] = 254; // main table
  head[5] = 4; // RTPROT_STATIC
  head[7] = 1; // RTN_UNICAST
  return head;
}
