import { isEngineError, Unknown } from "../../engine/errdefs/errors.ts";
import type { Filters } from "./filters.ts";
import { parseDuration, parseTimestamp } from "./time.ts";

/**
 * The `until` filter of prune: a time or an age (`10m`).
 * @returns whether something made at `ms` since the epoch is old enough. @throws Unknown: dockerd has no class for it
 */
export function olderThan(filters: Filters): (ms: number) => boolean {
  const limit = untilMs(filters);
  return (ms) => limit === undefined || ms < limit;
}

/** ms since the epoch; undefined without the filter */
export function untilMs(filters: Filters): number | undefined {
  const [value, ...others] = filters.get("until");
  if (value === undefined) {
    return undefined;
  }
  if (others.length > 0) {
    throw new Unknown("more than one until filter specified");
  }
  const age = parseDuration(value);
  return age === undefined ? timeOf(value) : Date.now() - age;
}

function timeOf(value: string): number {
  try {
    return Number(parseTimestamp(value) / 1_000_000n);
  } catch (error) {
    throw isEngineError(error, "invalid_argument")
      ? new Unknown(`failed to parse value as time or duration: ${JSON.stringify(value)}`, { cause: error })
      : error;
  }
}
