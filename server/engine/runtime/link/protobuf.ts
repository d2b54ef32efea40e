import { DataLoss } from "../../errdefs/errors.ts";

/**
 * Protocol Buffers' wire format (protobuf.dev, "Encoding"), as far as the supervisor's few messages need it. A message is
 * described by data: field name → number and type. Absent and default values are the same, as in proto3.
 */
export type FieldType = "string" | "bytes" | "bool" | "uint32" | "int64" | Schema | [Schema];
export interface Schema {
  [name: string]: [number: number, type: FieldType];
}

type ValueOf<T> = T extends "string"
  ? string
  : T extends "bytes"
    ? Buffer
    : T extends "bool"
      ? boolean
      : T extends "uint32" | "int64"
        ? number
        : T extends [infer S extends Schema]
          ? Message<S>[]
          : T extends Schema
            ? Message<T>
            : never;

/** What `decode` gives: every scalar is there (with its default), messages only if sent. */
export type Message<S extends Schema> = {
  [K in keyof S as S[K][1] extends Schema ? never : K]: ValueOf<S[K][1]>;
} & { [K in keyof S as S[K][1] extends Schema ? K : never]?: ValueOf<S[K][1]> };

/** What `encode` takes: whatever is missing has its default. */
export type PartialMessage<S extends Schema> = {
  [K in keyof S]?: S[K][1] extends Schema
    ? PartialMessage<S[K][1]>
    : S[K][1] extends [infer E extends Schema]
      ? PartialMessage<E>[]
      : ValueOf<S[K][1]>;
};

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

export function encode<const S extends Schema>(schema: S, message: PartialMessage<S>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, [number, type]] of Object.entries(schema)) {
    const value: unknown = message[name];
    if (value === undefined) continue;
    encodeField(parts, number, type, value);
  }
  return Buffer.concat(parts);
}

function encodeField(parts: Buffer[], number: number, type: FieldType, value: unknown): void {
  if (Array.isArray(type)) {
    for (const element of value as object[]) encodeField(parts, number, type[0], element);
  } else if (type === "bool" || type === "uint32" || type === "int64") {
    const numeric = Number(value);
    if (numeric !== 0) parts.push(varint(number * 8 + VARINT), varint(numeric));
  } else {
    let bytes: Buffer;
    if (type === "string") bytes = Buffer.from(value as string);
    else if (type === "bytes") bytes = value as Buffer;
    else bytes = encode(type, value as PartialMessage<Schema>);
    if (bytes.length === 0 && typeof type === "string") return;
    parts.push(varint(number * 8 + BYTES), varint(bytes.length), bytes);
  }
}

/** @throws DataLoss when the bytes are no message (cut off, unknown wire type) */
export function decode<const S extends Schema>(schema: S, bytes: Buffer): Message<S> {
  const message: Record<string, unknown> = {};
  const byNumber = new Map<number, [name: string, type: FieldType]>();
  for (const [name, [number, type]] of Object.entries(schema)) {
    byNumber.set(number, [name, type]);
    message[name] = defaultOf(type);
  }
  const reader = new Reader(bytes);
  while (!reader.atEnd) {
    const tag = reader.varint();
    const field = byNumber.get(Math.floor(tag / 8));
    const raw = reader.value(tag % 8);
    if (field) assign(message, field[0], field[1], raw);
  }
  for (const [name, value] of Object.entries(message)) if (value === undefined) delete message[name];
  return message as Message<S>;
}

function assign(message: Record<string, unknown>, name: string, type: FieldType, raw: number | Buffer): void {
  if (Array.isArray(type)) (message[name] as unknown[]).push(decode(type[0], asBytes(raw)));
  else if (type === "bool") message[name] = raw !== 0;
  else if (type === "uint32" || type === "int64") message[name] = Number(raw);
  else if (type === "string") message[name] = asBytes(raw).toString();
  else if (type === "bytes") message[name] = asBytes(raw);
  else message[name] = decode(type, asBytes(raw));
}

function asBytes(raw: number | Buffer): Buffer {
  if (typeof raw === "number") throw new DataLoss("a message of the supervisor has a number where bytes belong");
  return raw;
}

function defaultOf(type: FieldType): unknown {
  if (Array.isArray(type)) return [];
  switch (type) {
    case "string":
      return "";
    case "bytes":
      return Buffer.alloc(0);
    case "bool":
      return false;
    case "uint32":
    case "int64":
      return 0;
    default:
      return undefined;
  }
}

/** Negative numbers (exact to 2^53) are sent as 64-bit two's complement, ten bytes. */
function varint(value: number): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

class Reader {
  #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new DataLoss("a message of the supervisor ends in the middle of a number");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    throw new DataLoss("a number in a message of the supervisor is longer than 64 bits");
  }

  value(wireType: number): number | Buffer {
    switch (wireType) {
      case VARINT:
        return this.varint();
      case FIXED64:
        return this.#take(8);
      case FIXED32:
        return this.#take(4);
      case BYTES:
        return this.#take(this.varint());
      default:
        throw new DataLoss(`a message of the supervisor has the unknown wire type ${wireType}`);
    }
  }

  #take(length: number): Buffer {
    if (length < 0 || this.#at + length > this.#bytes.length)
      throw new DataLoss("a message of the supervisor is cut off");
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }
}
