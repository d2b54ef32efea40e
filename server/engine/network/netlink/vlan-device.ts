import {
  IFLA_ADDRESS,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_LINK,
  IFLA_LINKINFO,
  IFLA_MTU,
  IFLA_NET_NS_FD,
  ifinfo,
  macBytes,
  NLA_F_NESTED,
  none,
} from "./link-message.ts";
import { type Attribute, attributes } from "./message.ts";
import type { Netns } from "./netns.ts";

export type VlanKind = "macvlan" | "ipvlan" | "vlan";

/** What a device on another one is to be. */
export interface VlanDevice {
  /** index of the other one */
  parent: number;
  /** of the kind, or a VLAN's id */
  mode: number;
  /** of ipvlan */
  flags: number;
  /** where the device is to be; undefined: here */
  netns?: Netns;
  mac?: string;
  mtu?: number;
}

/** What RTM_NEWLINK is sent with (linux/if_link.h). */
export function vlanDevice(kind: VlanKind, name: string, on: VlanDevice): Uint8Array {
  const word = (value: number) => Uint8Array.of(value & 255, value >> 8);
  // IFLA_MACVLAN_MODE is a u32; IFLA_IPVLAN_MODE, IFLA_IPVLAN_FLAGS and IFLA_VLAN_ID are u16.
  const data: Attribute[] = [
    [1, kind === "macvlan" ? on.mode : word(on.mode)],
    ...(kind === "ipvlan" ? [[2, word(on.flags)] satisfies Attribute] : []),
  ];
  return attributes(ifinfo(0), [
    [IFLA_IFNAME, name],
    [IFLA_LINK, on.parent],
    ...(on.mac === undefined ? [] : [[IFLA_ADDRESS, macBytes(on.mac)] satisfies Attribute]),
    ...(on.mtu === undefined ? [] : [[IFLA_MTU, on.mtu] satisfies Attribute]),
    ...(on.netns === undefined ? [] : [[IFLA_NET_NS_FD, on.netns.fd] satisfies Attribute]),
    [
      IFLA_LINKINFO | NLA_F_NESTED,
      attributes(none, [
        [IFLA_INFO_KIND, kind],
        [IFLA_INFO_DATA | NLA_F_NESTED, attributes(none, data)],
      ]),
    ],
  ]);
}
