import { InvalidArgument } from "../../errdefs/errors.ts";
import { nameBytes } from "../../mount/libc.ts";
import { blockSize, checksumOf, type Field, fields, type TarHeader, typeFlags } from "./tar-header.ts";
import { paxRecord, xattrRecord } from "./tar-records.ts";

const maxOctal7 = 0o7777777;
const maxOctal11 = 0o77777777777;

export const endOfArchive = Buffer.alloc(2 * blockSize);

/**
 * The header blocks of an entry: ustar, with a pax extended header before it where ustar cannot say it (long or
 * non-ASCII names, large ids and sizes, fractions of a second, extended attributes). The same header always gives the
 * same bytes. The content follows, then `padding(size)`.
 */
export function encodeHeader(header: TarHeader): Buffer {
  const name = nameBytes(header.type === "directory" ? `${header.name}/` : header.name);
  const linkName = nameBytes(header.linkName);
  const seconds = floorSeconds(header.mtimeNs);
  const pax = paxRecords(header, { name, linkName, seconds });
  const block = emptyBlock(typeFlags[header.type]);
  putText(block, "name", isShort(name) ? name : name.subarray(0, 100));
  putNumber(block, "mode", header.mode);
  putNumber(block, "uid", header.uid > maxOctal7 ? 0 : header.uid);
  putNumber(block, "gid", header.gid > maxOctal7 ? 0 : header.gid);
  putNumber(block, "size", header.size > maxOctal11 ? 0 : header.size);
  putNumber(block, "mtime", seconds < 0 || seconds > maxOctal11 ? 0 : seconds);
  putText(block, "linkName", isShort(linkName) ? linkName : linkName.subarray(0, 100));
  if (header.userName !== undefined) putText(block, "userName", Buffer.from(header.userName));
  if (header.groupName !== undefined) putText(block, "groupName", Buffer.from(header.groupName));
  putNumber(block, "deviceMajor", header.deviceMajor);
  putNumber(block, "deviceMinor", header.deviceMinor);
  putChecksum(block);
  return pax.length === 0 ? block : Buffer.concat([paxBlocks(pax), block]);
}

/** Zeros from the end of `size` bytes of content to the next block. */
export function padding(size: number): Buffer {
  return endOfArchive.subarray(0, (blockSize - (size % blockSize)) % blockSize);
}

function paxRecords(
  header: TarHeader,
  { name, linkName, seconds }: { name: Buffer; linkName: Buffer; seconds: number },
): Buffer[] {
  const records: Buffer[] = [];
  const add = (keyword: string, value: Buffer | string) => records.push(paxRecord(keyword, value));
  if (!isShort(name)) add("path", name);
  if (!isShort(linkName)) add("linkpath", linkName);
  if (header.uid > maxOctal7) add("uid", String(header.uid));
  if (header.gid > maxOctal7) add("gid", String(header.gid));
  if (header.size > maxOctal11) add("size", String(header.size));
  const exact = seconds >= 0 && seconds <= maxOctal11 && header.mtimeNs % 1_000_000_000n === 0n;
  if (!exact) add("mtime", timeText(header.mtimeNs));
  for (const key of [...header.xattrs.keys()].toSorted()) {
    records.push(xattrRecord(key, header.xattrs.get(key) ?? Buffer.alloc(0)));
  }
  return records;
}

/** A pax extended header: an entry of type x with the records as content. */
function paxBlocks(records: Buffer[]): Buffer {
  const body = Buffer.concat(records);
  const block = emptyBlock("x");
  putText(block, "name", Buffer.from("pax_header"));
  putNumber(block, "mode", 0o644);
  putNumber(block, "uid", 0);
  putNumber(block, "gid", 0);
  putNumber(block, "size", body.length);
  putNumber(block, "mtime", 0);
  putChecksum(block);
  return Buffer.concat([block, body, padding(body.length)]);
}

/** All of it is written at once: one is made for each file of a layer. */
const template = Buffer.alloc(blockSize);
template.write("ustar\x0000", fields.magic[0], "latin1");

function emptyBlock(type: string): Buffer {
  const block = Buffer.allocUnsafe(blockSize);
  template.copy(block);
  block.write(type, fields.type[0], "latin1");
  return block;
}

function putChecksum(block: Buffer): void {
  const [offset] = fields.checksum;
  putOctal(block, offset, 6, checksumOf(block));
  block[offset + 7] = 0x20;
}

/** Fits the field as plain ASCII, so that every reader understands it. */
function isShort(text: Buffer): boolean {
  return text.length <= 100 && text.every((byte) => byte < 0x80);
}

function putText(block: Buffer, field: Field, value: Buffer): void {
  value.copy(block, fields[field][0]);
}

function putNumber(block: Buffer, field: Field, value: number): void {
  const [offset, length] = fields[field];
  if (value < 0 || value >= 8 ** (length - 1)) {
    throw new InvalidArgument(`the ${field} ${value} does not fit into a tar header`);
  }
  putOctal(block, offset, length - 1, value);
}

function putOctal(block: Buffer, offset: number, digits: number, value: number): void {
  let rest = value;
  for (let at = offset + digits - 1; at >= offset; at--) {
    block[at] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}

function floorSeconds(ns: bigint): number {
  const seconds = ns / 1_000_000_000n;
  return Number(ns % 1_000_000_000n < 0n ? seconds - 1n : seconds);
}

function timeText(ns: bigint): string {
  const sign = ns < 0n ? "-" : "";
  const absolute = ns < 0n ? -ns : ns;
  const fraction = (absolute % 1_000_000_000n).toString().padStart(9, "0").replace(/0+$/, "");
  return `${sign}${absolute / 1_000_000_000n}${fraction === "" ? "" : `.${fraction}`}`;
}
