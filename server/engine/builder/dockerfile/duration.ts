const unitNanoseconds: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** A duration as Go writes it (`1h30m`, `1.5s`, `0`) in nanoseconds; undefined if it is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.exec(text);
  if (match === null) {
    return /^[+-]?0$/.test(text) ? 0 : undefined;
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(amount) * (unitNanoseconds[unit ?? ""] ?? 0);
  }
  return Math.round(match[1] === "-" ? -total : total);
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
