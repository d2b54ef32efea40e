import { formatAddress } from "../cidr.ts";
import { viewOf } from "./message.ts";

/** As text, of an address as rtnetlink has it. */
export function textOfAddress(bytes: Uint8Array): string {
  const value = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return formatAddress({ family: bytes.length === 4 ? 4 : 6, value });
}

/** The last address of an IPv4 address's network. */
export function broadcastBytes(address: Uint8Array, prefixLength: number): Uint8Array {
  const mask = prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, (viewOf(address).getUint32(0) | ~mask) >>> 0);
  return bytes;
}
