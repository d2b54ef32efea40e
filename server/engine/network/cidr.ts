import { isIP } from "node:net";

export type Family = 4 | 6;

/** A block of addresses: `base` is the first one as an unsigned number, host bits zero. */
export interface Cidr {
  family: Family;
  base: bigint;
  prefixLength: number;
}

/** An address and the family it is of. */
export interface Address {
  family: Family;
  value: bigint;
}

const bits = { 4: 32, 6: 128 } as const;

/** @returns undefined when `text` is no `a.b.c.d/n` and no `a:b::/n`; host bits are dropped */
export function parseCidr(text: string): Cidr | undefined {
  const [address = "", length = "", ...rest] = text.split("/");
  const parsed = parseAddress(address);
  const prefixLength = Number(length);
  if (parsed === undefined || rest.length > 0 || !/^\d{1,3}$/.test(length) || prefixLength > bits[parsed.family]) {
    return undefined;
  }
  const { family, value } = parsed;
  const hostBits = BigInt(bits[family] - prefixLength);
  return { family, base: (value >> hostBits) << hostBits, prefixLength };
}

/** `a.b.c.d/n` as an interface has it: the address itself, and its block. @returns undefined when it is none */
export function parseInterfaceAddress(text: string): (Address & { block: Cidr }) | undefined {
  const address = parseAddress(text.split("/")[0] ?? "");
  const block = parseCidr(text);
  return address === undefined || block === undefined ? undefined : { ...address, block };
}

export function formatCidr(cidr: Cidr): string {
  return `${formatAddress({ family: cidr.family, value: cidr.base })}/${cidr.prefixLength}`;
}

/** @returns undefined when `text` is no address (or one with a zone) */
export function parseAddress(text: string): Address | undefined {
  const family = text.includes("%") ? 0 : isIP(text);
  if (family === 4) {
    return { family, value: text.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
  }
  return family === 6
    ? { family, value: groupsOf(text).reduce((sum, part) => sum * 65_536n + BigInt(part), 0n) }
    : undefined;
}

/** Dotted, or in the shortest form of RFC 5952. */
export function formatAddress({ family, value }: Address): string {
  if (family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
  }
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  return canonical(groups.join(":"));
}

/** 4 or 16 bytes, in network order. @param address must be one */
export function addressBytes(address: string): Uint8Array {
  const { family, value } = parseAddress(address) ?? { family: 4, value: 0n };
  const length = bits[family] / 8;
  return Uint8Array.from({ length }, (_, index) => Number((value >> BigInt(8 * (length - 1 - index))) & 255n));
}

/** Number of addresses in it. */
export function sizeOf(cidr: Cidr): bigint {
  return 1n << BigInt(bits[cidr.family] - cidr.prefixLength);
}

export function lastOf(cidr: Cidr): bigint {
  return cidr.base + sizeOf(cidr) - 1n;
}

/** @param address a number of the block's family, or text */
export function contains(cidr: Cidr, address: bigint | string): boolean {
  const parsed = typeof address === "string" ? parseAddress(address) : { family: cidr.family, value: address };
  return parsed?.family === cidr.family && parsed.value >= cidr.base && parsed.value <= lastOf(cidr);
}

export function within(inner: Cidr, outer: Cidr): boolean {
  return inner.family === outer.family && contains(outer, inner.base) && contains(outer, lastOf(inner));
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.family === b.family && a.base <= lastOf(b) && b.base <= lastOf(a);
}

/** The WHATWG URL parser writes IPv6 addresses in their shortest form. */
function canonical(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function groupsOf(address: string): number[] {
  const [head = "", tail] = canonical(address).split("::");
  const numbers = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const before = numbers(head);
  const after = numbers(tail ?? "");
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}
