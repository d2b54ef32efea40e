import { isIPv4 } from "node:net";

/** An IPv4 block: `base` is the first address as an unsigned number, host bits zero. */
export interface Cidr {
  base: number;
  prefixLength: number;
}

/** @returns undefined when `text` is no `a.b.c.d/n`; host bits are dropped */
export function parseCidr(text: string): Cidr | undefined {
  const [address, length, ...rest] = text.split("/");
  if (address === undefined || length === undefined || rest.length > 0 || !/^\d{1,2}$/.test(length)) {
    return undefined;
  }
  const prefixLength = Number(length);
  if (!isIPv4(address) || prefixLength > 32) {
    return undefined;
  }
  return { base: (addressNumber(address) & mask(prefixLength)) >>> 0, prefixLength };
}

export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.base)}/${cidr.prefixLength}`;
}

/** The unsigned number of a dotted address. */
export function addressNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

/** Number of addresses in it. */
export function sizeOf(cidr: Cidr): number {
  return 2 ** (32 - cidr.prefixLength);
}

export function lastOf(cidr: Cidr): number {
  return cidr.base + sizeOf(cidr) - 1;
}

export function contains(cidr: Cidr, address: number): boolean {
  return address >= cidr.base && address <= lastOf(cidr);
}

export function within(inner: Cidr, outer: Cidr): boolean {
  return contains(outer, inner.base) && contains(outer, lastOf(inner));
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.base <= lastOf(b) && b.base <= lastOf(a);
}

function mask(prefixLength: number): number {
  return prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
}
