import type { Schema } from "./protobuf.ts";

/** google.protobuf.Timestamp. */
export const timestamp = { seconds: [1, "int64"], nanos: [2, "uint32"] } as const satisfies Schema;

interface Timestamp {
  seconds: number;
  nanos: number;
}

/** @param milliseconds since the epoch */
export function timestampOf(milliseconds: number): Timestamp {
  return { seconds: Math.floor(milliseconds / 1000), nanos: (milliseconds % 1000) * 1_000_000 };
}

/** ms since the epoch */
export function timestampToMs(value: Timestamp | undefined): number {
  return value ? value.seconds * 1000 + Math.floor(value.nanos / 1e6) : 0;
}
