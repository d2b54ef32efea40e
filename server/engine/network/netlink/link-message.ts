import { Buffer } from "node:buffer";
import { viewOf } from "./message.ts";

export const IFLA_ADDRESS = 1;
export const IFLA_IFNAME = 3;
export const IFLA_MTU = 4;
export const IFLA_LINK = 5;
export const IFLA_LINKINFO = 18;
export const IFLA_NET_NS_FD = 28;
export const IFLA_INFO_KIND = 1;
export const IFLA_INFO_DATA = 2;
export const NLA_F_NESTED = 0x8000;
export const none = new Uint8Array(0);

/** What a message about a device begins with (rtnetlink(7), struct ifinfomsg). @param up IFF_UP: it is to be up */
export function ifinfo(index: number, up = 0): Uint8Array {
  const head = new Uint8Array(16);
  const view = viewOf(head);
  view.setInt32(4, index, true);
  view.setUint32(8, up, true);
  view.setUint32(12, up, true);
  return head;
}

export function macBytes(mac: string): Uint8Array {
  return Buffer.from(mac.replaceAll(":", ""), "hex");
}
