/**
 * The part of the DNS wire format (RFC 1035, section 4) that an answering forwarder needs: one question in,
 * answers with A, AAAA, PTR data out. Everything read comes from containers: nothing here throws on bad input.
 */

import { formatAddress } from "../cidr.ts";

export const recordTypes = { A: 1, PTR: 12, AAAA: 28, ANY: 255 } as const;
export const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

const headerLength = 12;
const classInternet = 1;

export interface Query {
  id: number;
  /** opcode of the header; 0 is a standard query */
  opcode: number;
  recursionDesired: boolean;
  /** absent when the question cannot be read: answer FORMERR */
  question?: Question;
  /** the packet as it came */
  bytes: Uint8Array;
}

export interface Question {
  /** lower case, labels joined by dots, no dot at the end; bytes outside printable ASCII as `\ddd` */
  name: string;
  type: number;
  class: number;
  /** where the question's bytes end in the packet */
  end: number;
}

export interface Answer {
  type: number;
  /** seconds */
  ttl: number;
  data: Uint8Array;
}

/** @returns undefined when `bytes` is no query that may be answered at all (too short, or itself a response) */
export function parseQuery(bytes: Uint8Array): Query | undefined {
  if (bytes.length < headerLength) {
    return undefined;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint16(2);
  if ((flags & 0x8000) !== 0) {
    return undefined;
  }
  const question = view.getUint16(4) === 1 ? parseQuestion(bytes, view) : undefined;
  return {
    id: view.getUint16(0),
    opcode: (flags >> 11) & 15,
    recursionDesired: (flags & 0x0100) !== 0,
    bytes,
    ...(question === undefined ? {} : { question }),
  };
}

/** A response to `query`. Answers that would make it longer than `limit` bytes are left out. */
export function encodeResponse(query: Query, rcode: number, answers: readonly Answer[] = [], limit = 512): Uint8Array {
  const question = query.question;
  const questionBytes = question === undefined ? new Uint8Array(0) : query.bytes.subarray(headerLength, question.end);
  let length = headerLength + questionBytes.length;
  const fitting = answers.filter((answer) => {
    const next = length + 12 + answer.data.length;
    if (next > limit) {
      return false;
    }
    length = next;
    return true;
  });
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, query.id);
  // QR, opcode, RD as asked, RA
  view.setUint16(2, 0x8000 | (query.opcode << 11) | (query.recursionDesired ? 0x0100 : 0) | 0x0080 | rcode);
  view.setUint16(4, question === undefined ? 0 : 1);
  view.setUint16(6, fitting.length);
  bytes.set(questionBytes, headerLength);
  let offset = headerLength + questionBytes.length;
  for (const answer of fitting) {
    view.setUint16(offset, 0xc000 | headerLength); // the name: that of the question
    view.setUint16(offset + 2, answer.type);
    view.setUint16(offset + 4, classInternet);
    view.setUint32(offset + 6, answer.ttl);
    view.setUint16(offset + 10, answer.data.length);
    bytes.set(answer.data, offset + 12);
    offset += 12 + answer.data.length;
  }
  return bytes;
}

/** A query as a resolver's client sends it; for tests and checks. */
export function encodeQuery(id: number, name: string, type: number): Uint8Array {
  const encoded = encodeName(name) ?? Uint8Array.of(0);
  const bytes = new Uint8Array(headerLength + encoded.length + 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, id);
  view.setUint16(2, 0x0100);
  view.setUint16(4, 1);
  bytes.set(encoded, headerLength);
  view.setUint16(headerLength + encoded.length, type);
  view.setUint16(headerLength + encoded.length + 2, classInternet);
  return bytes;
}

/** True if `response` can be the answer to `query`: same id, a response, the same question. */
export function answers(response: Uint8Array, query: Query): boolean {
  const end = query.question?.end ?? headerLength;
  if (response.length < end || (response[2] ?? 0) < 0x80) {
    return false;
  }
  const [a, b] = [
    Buffer.from(response.subarray(headerLength, end)),
    Buffer.from(query.bytes.subarray(headerLength, end)),
  ];
  return new DataView(response.buffer, response.byteOffset).getUint16(0) === query.id && a.equals(b);
}

export interface AddressRecord {
  /** as text */
  address: string;
  /** seconds */
  ttl: number;
}

/** A and AAAA records among a response's answers; of one that is cut off, those before. */
export function addressRecords(response: Uint8Array): AddressRecord[] {
  if (response.length < headerLength) {
    return [];
  }
  const view = new DataView(response.buffer, response.byteOffset, response.byteLength);
  const found: AddressRecord[] = [];
  let offset = headerLength;
  for (let left = view.getUint16(4); left > 0; left--) {
    offset = endOfName(response, offset) + 4;
  }
  for (let left = view.getUint16(6); left > 0; left--) {
    const record = endOfName(response, offset);
    const data = record + 10;
    if (data > response.length) {
      break;
    }
    const length = view.getUint16(record + 8);
    const bytes = response.subarray(data, data + length);
    const type = view.getUint16(record);
    const family = type === recordTypes.A && length === 4 ? 4 : type === recordTypes.AAAA && length === 16 ? 6 : 0;
    if (family !== 0 && bytes.length === length && view.getUint16(record + 2) === classInternet) {
      const value = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
      found.push({ address: formatAddress({ family, value }), ttl: view.getUint32(record + 4) });
    }
    offset = data + length;
  }
  return found;
}

/** Where the name at `offset` ends; past the end of the packet for one that is cut off. */
function endOfName(bytes: Uint8Array, offset: number): number {
  for (let at = offset; at < bytes.length;) {
    const length = bytes[at] ?? 0;
    if (length >= 0xc0) return at + 2; // the rest is elsewhere (RFC 1035, 4.1.4)
    at += length + 1;
    if (length === 0) return at;
  }
  return bytes.length + 1;
}

export function rcodeOf(response: Uint8Array): number {
  return (response[3] ?? 0) & 15;
}

/** The same packet under another id. */
export function withId(bytes: Uint8Array, id: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  new DataView(copy.buffer).setUint16(0, id);
  return copy;
}

/** A name in wire form. @returns undefined when a label or the name is too long or empty */
export function encodeName(name: string): Uint8Array | undefined {
  const labels = name.split(".").filter((label) => label !== "");
  const parts: Uint8Array[] = [];
  let length = 1;
  for (const label of labels) {
    const bytes = Buffer.from(label, "latin1");
    length += bytes.length + 1;
    if (bytes.length > 63 || length > 255) {
      return undefined;
    }
    parts.push(Uint8Array.of(bytes.length), bytes);
  }
  return Uint8Array.from(Buffer.concat([...parts, Uint8Array.of(0)]));
}

/** The dotted address that an `in-addr.arpa` name asks for. */
export function addressOfPtr(name: string): string | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(name);
  if (match !== null) {
    return match.slice(1, 5).toReversed().map(Number).join(".");
  }
  // RFC 3596, 2.5: 32 nibbles, the last first
  const nibbles = /^((?:[0-9a-f]\.){32})ip6\.arpa$/i.exec(name)?.[1]?.replaceAll(".", "");
  return nibbles === undefined
    ? undefined
    : formatAddress({ family: 6, value: BigInt(`0x${nibbles.split("").toReversed().join("")}`) });
}

function parseQuestion(bytes: Uint8Array, view: DataView): Question | undefined {
  const labels: string[] = [];
  let offset = headerLength;
  for (;;) {
    const length = bytes[offset];
    // compression (two top bits) makes no sense in the only question of a packet
    if (length === undefined || length > 63 || offset + length - headerLength >= 255) {
      return undefined;
    }
    offset++;
    if (length === 0) {
      break;
    }
    if (offset + length > bytes.length) {
      return undefined;
    }
    labels.push(labelText(bytes.subarray(offset, offset + length)));
    offset += length;
  }
  if (offset + 4 > bytes.length) {
    return undefined;
  }
  return {
    name: labels.join("."),
    type: view.getUint16(offset),
    class: view.getUint16(offset + 2),
    end: offset + 4,
  };
}

function labelText(label: Uint8Array): string {
  let text = "";
  for (const byte of label) {
    const printable = byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c;
    text += printable ? String.fromCharCode(byte).toLowerCase() : `\\${byte.toString().padStart(3, "0")}`;
  }
  return text;
}
