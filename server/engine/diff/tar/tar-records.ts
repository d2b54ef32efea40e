import { InvalidArgument } from "../../errdefs/errors.ts";
import { decodeName } from "../../mount/libc.ts";
import { type Field, fields } from "./tar-header.ts";

const xattrPrefix = "SCHILY.xattr.";

/** pax records by keyword, values as bytes. */
export type PaxRecords = Map<string, Buffer>;

/** A number field: octal text, or big-endian binary if the first bit is set (GNU). @throws InvalidArgument */
export function readNumber(block: Buffer, field: Field): number {
  const [offset, length] = fields[field];
  const first = block[offset] ?? 0;
  if ((first & 0x80) !== 0) {
    let value = BigInt((first & 0x40) === 0 ? first & 0x3f : first - 256);
    for (let at = offset + 1; at < offset + length; at++) {
      value = value * 256n + BigInt(block[at] ?? 0);
    }
    return checkedNumber(Number(value), field);
  }
  const text = readBytes(block, field).toString("latin1").trim();
  if (text !== "" && !/^[0-7]+$/.test(text)) {
    throw new InvalidArgument(
      `not a valid tar archive: the ${field} of an entry is ${JSON.stringify(text)}, not octal`,
    );
  }
  return text === "" ? 0 : Number.parseInt(text, 8);
}

/** A text field, up to its first NUL. */
export function readBytes(block: Buffer, field: Field): Buffer {
  const [offset, length] = fields[field];
  const end = block.indexOf(0, offset);
  return block.subarray(offset, end < 0 || end > offset + length ? offset + length : end);
}

export function readText(block: Buffer, field: Field): string {
  return decodeName(readBytes(block, field));
}

/** Records of a pax extended header: `<length> <keyword>=<value>\n` each. @throws InvalidArgument */
export function parsePax(body: Buffer): PaxRecords {
  const records: PaxRecords = new Map();
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const length = Number(body.toString("latin1", at, Math.max(at, space)));
    const equals = body.indexOf(0x3d, space);
    const end = at + length;
    const valid = space > at && Number.isInteger(length) && length > 0 && end <= body.length;
    if (!valid || equals < 0 || equals >= end || body[end - 1] !== 0x0a) {
      throw new InvalidArgument("not a valid tar archive: a pax extended header is malformed");
    }
    records.set(body.toString("utf8", space + 1, equals), Buffer.from(body.subarray(equals + 1, end - 1)));
    at = end;
  }
  return records;
}

/** A decimal record such as `size`. @throws InvalidArgument */
export function paxNumber(records: PaxRecords, keyword: string): number | undefined {
  const value = records.get(keyword);
  if (value === undefined || value.length === 0) {
    return undefined;
  }
  const text = value.toString("latin1");
  if (!/^-?[0-9]+$/.test(text)) {
    throw new InvalidArgument(
      `not a valid tar archive: pax record ${keyword} is ${JSON.stringify(text)}, not a number`,
    );
  }
  return checkedNumber(Number(text), keyword);
}

/** A time such as `1700000000.123456789`, in ns. @throws InvalidArgument */
export function paxTime(records: PaxRecords, keyword: string): bigint | undefined {
  const value = records.get(keyword);
  if (value === undefined || value.length === 0) {
    return undefined;
  }
  const text = value.toString("latin1");
  const match = /^(-?)([0-9]{1,18})(?:\.([0-9]*))?$/.exec(text);
  if (match === null) {
    throw new InvalidArgument(`not a valid tar archive: pax record ${keyword} is ${JSON.stringify(text)}, not a time`);
  }
  const [, sign, seconds = "0", fraction = ""] = match;
  const nanos = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return sign === "-" ? -nanos : nanos;
}

export function paxXattrs(records: PaxRecords): Map<string, Buffer> {
  const xattrs = new Map<string, Buffer>();
  for (const [keyword, value] of records) {
    if (keyword.startsWith(xattrPrefix)) {
      xattrs.set(keyword.slice(xattrPrefix.length), value);
    }
  }
  return xattrs;
}

/** One record; its length counts itself. */
export function paxRecord(keyword: string, value: Buffer | string): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${keyword}=`), Buffer.from(value), Buffer.from("\n")]);
  let length = rest.length;
  while (String(length).length + rest.length !== length) {
    length = String(length).length + rest.length;
  }
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

export function xattrRecord(name: string, value: Buffer): Buffer {
  return paxRecord(`${xattrPrefix}${name}`, value);
}

function checkedNumber(value: number, what: string): number {
  if (!Number.isSafeInteger(value)) {
    throw new InvalidArgument(`not a valid tar archive: the ${what} of an entry is out of range`);
  }
  return value;
}
