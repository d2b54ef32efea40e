import { InvalidArgument } from "../../engine/errdefs/errors.ts";

/** The range of Docker Engine API versions that the daemon speaks. */
export const maximumVersion = "1.50";
export const minimumVersion = "1.12";

/** `1.43` as numbers, so that 1.9 is before 1.24. */
export interface ApiVersion {
  major: number;
  minor: number;
}

/** As dockerd, which takes `1` to be 1.0 and what comes after the second number to be of no account. */
export function parseVersion(text: string): ApiVersion | undefined {
  const match = /^(\d{1,4})(?:\.(\d{1,4}))?(?:\.\d{0,4})*$/.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2] ?? 0) };
}

function compare(a: ApiVersion, b: ApiVersion): number {
  return a.major - b.major || a.minor - b.minor;
}

const newest = { major: 1, minor: 50 };
const oldest = { major: 1, minor: 12 };
/** Clients without negotiation ask for older ones still (skopeo: 1.22): they are answered as this one, the oldest in use. */
const oldestKnown = { major: 1, minor: 24 };

/** Clients of 1.23 and before are told errors in plain text, not in JSON (Engine API version history, 1.24). */
export function readsJsonErrors(text: string | undefined): boolean {
  const version = text === undefined ? newest : parseVersion(text);
  return version === undefined || compare(version, oldestKnown) >= 0;
}

/** True if the client speaks `text` or later. */
export function atLeast(version: ApiVersion, text: string): boolean {
  const other = parseVersion(text);
  return other !== undefined && compare(version, other) >= 0;
}

/**
 * The version a request asks for; without one the newest.
 * @throws InvalidArgument in dockerd's words when it is too new or too old
 */
export function negotiate(text: string | undefined): ApiVersion {
  if (text === undefined) {
    return newest;
  }
  const version = parseVersion(text);
  if (version === undefined) {
    throw new InvalidArgument(`invalid API version "${text}"`);
  }
  if (compare(version, newest) > 0) {
    throw new InvalidArgument(`client version ${text} is too new. Maximum supported API version is ${maximumVersion}`);
  }
  if (compare(version, oldest) < 0) {
    throw new InvalidArgument(
      `client version ${text} is too old. Minimum supported API version is ${minimumVersion}, please upgrade your client to a newer version`,
    );
  }
  return compare(version, oldestKnown) < 0 ? oldestKnown : version;
}
