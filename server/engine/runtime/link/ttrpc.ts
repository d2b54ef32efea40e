import { DataLoss } from "../../errdefs/errors.ts";
import type { Schema } from "./protobuf.ts";

/**
 * ttrpc (containerd/ttrpc, PROTOCOL.md): protobuf requests and responses over a stream socket. Every message has a
 * header of ten bytes: length of the data and stream id (32 bits each, big endian), type and flags (8 bits each).
 */
export const headerLength = 10;
/** 4 MiB, the protocol's bound on the data of one message */
const maximumLength = 4 * 1024 * 1024;

export const messageType = { request: 1, response: 2 } as const;

export interface Frame {
  stream: number;
  type: number;
  data: Buffer;
}

export function encodeFrame(frame: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(headerLength + frame.data.length);
  bytes.writeUInt32BE(frame.data.length, 0);
  bytes.writeUInt32BE(frame.stream, 4);
  bytes.writeUInt8(frame.type, 8);
  bytes.writeUInt8(0, 9);
  frame.data.copy(bytes, headerLength);
  return bytes;
}

/** Collects the bytes of a socket into frames. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);

  /** Frames that are complete with `chunk`. @throws DataLoss for an oversized frame */
  push(chunk: Buffer): Frame[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const frames: Frame[] = [];
    while (this.#pending.length >= headerLength) {
      const length = this.#pending.readUInt32BE(0);
      if (length > maximumLength) throw new DataLoss(`a ttrpc message claims to hold ${length} bytes`);
      if (this.#pending.length < headerLength + length) break;
      frames.push({
        stream: this.#pending.readUInt32BE(4),
        type: this.#pending.readUInt8(8),
        data: this.#pending.subarray(headerLength, headerLength + length),
      });
      this.#pending = this.#pending.subarray(headerLength + length);
    }
    return frames;
  }
}

export const requestSchema = {
  service: [1, "string"],
  method: [2, "string"],
  payload: [3, "bytes"],
  timeoutNano: [4, "int64"],
} as const satisfies Schema;

const statusSchema = { code: [1, "uint32"], message: [2, "string"] } as const satisfies Schema;
export const responseSchema = { status: [1, statusSchema], payload: [2, "bytes"] } as const satisfies Schema;

/** google.rpc.Code, as far as supervisors send them */
export const statusCode = {
  ok: 0,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  failedPrecondition: 9,
  unimplemented: 12,
  unavailable: 14,
} as const;
