const unitNanoseconds: Record<string, number | undefined> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/**
 * A duration as Go writes it (`1h30m`, `1.5s`, `0`) in nanoseconds; what is wrong with it in the words of Go's
 * time.ParseDuration if it is none.
 */
export function parseDuration(text: string): number | { wrong: string } {
  const quoted = JSON.stringify(text);
  const invalid = { wrong: `time: invalid duration ${quoted}` };
  const unsigned = text.replace(/^[+-]/, "");
  if (unsigned === "0") {
    return 0;
  }
  if (unsigned === "") {
    return invalid;
  }
  let total = 0;
  for (let rest = unsigned; rest !== "";) {
    const [part, amount = "", unit = ""] = /^(\d+(?:\.\d*)?|\.\d+)([^.\d]*)/.exec(rest) ?? [];
    if (part === undefined) {
      return invalid;
    }
    if (unit === "") {
      return { wrong: `time: missing unit in duration ${quoted}` };
    }
    const size = unitNanoseconds[unit];
    if (size === undefined) {
      return { wrong: `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}` };
    }
    total += Number(amount) * size;
    rest = rest.slice(part.length);
  }
  if (total > 2 ** 63) {
    return invalid;
  }
  return Math.round(text.startsWith("-") ? -total : total);
}

/** Nanoseconds as Go prints them: `1m30s`, `5s`, `0s`. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) {
    return "0s";
  }
  if (nanoseconds < 1e9) {
    for (const [unit, size] of [
      ["ms", 1e6],
      ["µs", 1e3],
    ] as const) {
      if (nanoseconds >= size) {
        return `${nanoseconds / size}${unit}`;
      }
    }
    return `${nanoseconds}ns`;
  }
  const hours = Math.floor(nanoseconds / 3600e9);
  const minutes = Math.floor((nanoseconds % 3600e9) / 60e9);
  const seconds = (nanoseconds % 60e9) / 1e9;
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds}s`;
}
