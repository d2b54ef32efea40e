import { InvalidArgument, messageOf } from "../errdefs/errors.ts";

/** Deepest nesting of objects and arrays that is read. */
const maxDepth = 32;

/**
 * Parses JSON that came from a registry, a tar or a learner.
 * @param what names the document for the message, e.g. `manifest of busybox:latest`
 * @throws InvalidArgument: too large, not UTF-8, not JSON, or nested too deeply
 */
export function parseJson(bytes: Uint8Array, what: string, limit: number): unknown {
  if (bytes.byteLength > limit) {
    throw new InvalidArgument(`${what} is too large: ${bytes.byteLength} bytes, at most ${limit} are read`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new InvalidArgument(`${what} is not valid JSON: ${messageOf(error)}`, { cause: error });
  }
  if (tooDeep(value, maxDepth)) {
    throw new InvalidArgument(`${what} is nested more than ${maxDepth} levels deep`);
  }
  return value;
}

/** Same value, same bytes: keys sorted at every level, no white space, `undefined` left out. UTF-8. */
export function canonicalJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(sorted(value)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
  }
  return value;
}

function tooDeep(value: unknown, left: number): boolean {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  return left === 0 || Object.values(value).some((item) => tooDeep(item, left - 1));
}
