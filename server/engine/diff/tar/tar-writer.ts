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
  const pax = paxRecords(header, name, linkName);
  const block = Buffer.alloc(blockSize);
  putText(block, "name", isShort(name) ? name : name.subarray(0, 100));
  putNumber(block, "mode", header.mode);
  putNumber(block, "uid", header.uid > maxOctal7 ? 0 : header.uid);
  putNumber(block, "gid", header.gid > maxOctal7 ? 0 : header.gid);
  putNumber(block, "size", header.size > maxOctal11 ? 0 : header.size);
  const seconds = floorSeconds(header.mtimeNs);
  putNumber(block, "mtime", seconds < 0 || seconds > maxOctal11 ? 0 : seconds);
  putText(block, "linkName", isShort(linkName) ? linkName : linkName.subarray(0, 100));
  putText(block, "userName", Buffer.from(header.userName ?? ""));
  putText(block, "groupName", Buffer.from(header.groupName ?? ""));
  putNumber(block, "deviceMajor", header.deviceMajor);
  putNumber(block, "deviceMinor", header.deviceMinor);
  finish(block, typeFlags[header.type]);
  return pax.length === 0 ? block : Buffer.concat([paxBlocks(pax), block]);
}

/** Zeros from the end of `size` bytes of content to the next block. */
export function padding(size: number): Buffer {
  return endOfArchive.subarray(0, (blockSize - (size % blockSize)) % blockSize);
}

function paxRecords(header: TarHeader, name: Buffer, linkName: Buffer): Buffer[] {
  const records: Buffer[] = [];
  const add = (needed: boolean, keyword: string, value: Buffer | string) => {
    if (needed) {
      records.push(paxRecord(keyword, value));
    }
  };
  add(!isShort(name), "path", name);
  add(!isShort(linkName), "linkpath", linkName);
  add(header.uid > maxOctal7, "uid", String(header.uid));
  add(header.gid > maxOctal7, "gid", String(header.gid));
  add(header.size > maxOctal11, "size", String(header.size));
  const seconds = floorSeconds(header.mtimeNs);
  const exact = seconds >= 0 && seconds <= maxOctal11 && header.mtimeNs % 1_000_000_000n === 0n;
  add(!exact, "mtime", timeText(header.mtimeNs));
  for (const key of [...header.xattrs.keys()].toSorted()) {
    records.push(xattrRecord(key, header.xattrs.get(key) ?? Buffer.alloc(0)));
  }
  return records;
}

/** A pax extended header: an entry of type x with the records as content. */
function paxBlocks(records: Buffer[]): Buffer {
  const body = Buffer.concat(records);
  const block = Buffer.alloc(blockSize);
  putText(block, "name", Buffer.from("pax_header"));
  putNumber(block, "mode", 0o644);
  putNumber(block, "uid", 0);
  putNumber(block, "gid", 0);
  putNumber(block, "size", body.length);
  putNumber(block, "mtime", 0);
  finish(block, "x");
  return Buffer.concat([block, body, padding(body.length)]);
}

function finish(block: Buffer, type: string): void {
  putText(block, "type", Buffer.from(type));
  block.write("ustar\x0000", fields.magic[0], "latin1");
  block.write(`${checksumOf(block).toString(8).padStart(6, "0")}\0 `, fields.checksum[0], "latin1");
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
  const text = value.toString(8).padStart(length - 1, "0");
  if (text.length > length - 1 || value < 0) {
    throw new InvalidArgument(`the ${field} ${value} does not fit into a tar header`);
  }
  block.write(text, offset, "latin1");
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
