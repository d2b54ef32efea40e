import { InvalidArgument } from "../../engine/errdefs/errors.ts";

/** What Go shows for a time that never was. */
export const zeroTime = "0001-01-01T00:00:00Z";

/** RFC 3339 with what fraction there is, from ms since the epoch. */
export function isoTime(ms: number | undefined): string {
  return ms === undefined ? zeroTime : new Date(ms).toISOString();
}

/** RFC 3339 with nine digits of fraction, from ns since the epoch (log timestamps). */
export function isoTimeNano(nano: bigint): string {
  const seconds = nano / 1_000_000_000n;
  const fraction = String(nano % 1_000_000_000n).padStart(9, "0");
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/**
 * `since` and `until` as clients send them: seconds since the epoch with up to nine digits of fraction, or RFC 3339.
 * @throws InvalidArgument
 */
export function parseTimestamp(value: string): bigint {
  const numeric = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(value);
  if (numeric !== null) {
    return BigInt(numeric[1] ?? 0) * 1_000_000_000n + BigInt((numeric[2] ?? "").padEnd(9, "0"));
  }
  const ms = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new InvalidArgument(
      `failed to parse value "${value}": expected seconds since 1970 or a time like 2026-01-31T12:00:00Z`,
    );
  }
  return BigInt(ms) * 1_000_000n;
}

const unitMs: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A Go duration (`10m`, `1h30m`, `-1.5s`) in ms; undefined if it is none. */
export function parseDuration(value: string): number | undefined {
  if (!/^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.test(value)) {
    return undefined;
  }
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (unitMs[unit ?? ""] ?? 0);
  }
  return value.startsWith("-") ? -total : total;
}

/** `about an hour`, as `docker ps` shows ages (go-units HumanDuration). */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.round(minutes / 60);
  const steps: [boolean, string][] = [
    [seconds < 1, "Less than a second"],
    [seconds === 1, "1 second"],
    [seconds < 60, `${seconds} seconds`],
    [minutes === 1, "About a minute"],
    [minutes < 60, `${minutes} minutes`],
    [hours === 1, "About an hour"],
    [hours < 48, `${hours} hours`],
    [hours < 24 * 7 * 2, `${Math.floor(hours / 24)} days`],
    [hours < 24 * 30 * 2, `${Math.floor(hours / 24 / 7)} weeks`],
    [hours < 24 * 365 * 2, `${Math.floor(hours / 24 / 30)} months`],
  ];
  return steps.find(([applies]) => applies)?.[1] ?? `${Math.floor(hours / 24 / 365)} years`;
}
