/**
 * Netlink's wire form (netlink(7), rtnetlink(7)): host byte order, which is little-endian on x86-64 and arm64.
 */
const headerLength = 16;

export interface NetlinkMessage {
  type: number;
  flags: number;
  sequence: number;
  payload: Uint8Array;
}

/** One attribute: type and value; nested attributes are a value made by `attributes`. */
export type Attribute = readonly [type: number, value: Uint8Array | string | number];

export function encodeMessage(type: number, flags: number, sequence: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerLength + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  bytes.set(payload, headerLength);
  return bytes;
}

/** The messages of one datagram. A truncated last one is left out. */
export function* decodeMessages(datagram: Uint8Array): Generator<NetlinkMessage> {
  const view = viewOf(datagram);
  let offset = 0;
  while (offset + headerLength <= datagram.length) {
    const length = view.getUint32(offset, true);
    if (length < headerLength || offset + length > datagram.length) {
      return;
    }
    yield {
      type: view.getUint16(offset + 4, true),
      flags: view.getUint16(offset + 6, true),
      sequence: view.getUint32(offset + 8, true),
      payload: datagram.subarray(offset + headerLength, offset + length),
    };
    offset += align(length);
  }
}

/** Attributes after `head`: strings end in a zero byte, numbers are 32 bits wide. */
export function attributes(head: Uint8Array, list: readonly Attribute[]): Uint8Array {
  const parts = list.map(([type, value]) => encodeAttribute(type, value));
  const bytes = new Uint8Array(align(head.length) + parts.reduce((sum, part) => sum + part.length, 0));
  bytes.set(head);
  let offset = align(head.length);
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** The attributes in `bytes`, last one wins, each without its header. */
export function decodeAttributes(bytes: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  const view = viewOf(bytes);
  let offset = 0;
  while (offset + 4 <= bytes.length) {
    const length = view.getUint16(offset, true);
    if (length < 4 || offset + length > bytes.length) {
      break;
    }
    // the two top bits are flags (NLA_F_NESTED, NLA_F_NET_BYTEORDER)
    found.set(view.getUint16(offset + 2, true) & 0x3fff, bytes.subarray(offset + 4, offset + length));
    offset += align(length);
  }
  return found;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A zero-terminated string attribute. */
export function textOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : Buffer.from(bytes).toString("utf8").replace(/\0.*$/s, "");
}

function encodeAttribute(type: number, value: Uint8Array | string | number): Uint8Array {
  const body =
    typeof value === "string"
      ? Buffer.from(`${value}\0`)
      : typeof value === "number"
        ? new Uint8Array(Uint32Array.of(value).buffer)
        : value;
  const bytes = new Uint8Array(align(4 + body.length));
  const view = viewOf(bytes);
  view.setUint16(0, 4 + body.length, true);
  view.setUint16(2, type, true);
  bytes.set(body, 4);
  return bytes;
}

function align(length: number): number {
  return (length + 3) & ~3;
}
