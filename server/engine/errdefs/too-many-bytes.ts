import { isEngineError, OutOfRange } from "./errors.ts";

const detail = { kind: "too-many-bytes" };

/** More bytes than were allowed here. Whoever allowed only what a tenant's disk has room for says so (`fullInstead`). */
export function tooManyBytes(message: string): OutOfRange {
  return new OutOfRange(message, { detail });
}

/** Also of an error that came from another thread, whose details are copies. */
export function isTooManyBytes(error: unknown): boolean {
  const told: { kind?: unknown } | undefined = isEngineError(error, "out_of_range") ? error.detail : undefined;
  return told?.kind === detail.kind;
}
