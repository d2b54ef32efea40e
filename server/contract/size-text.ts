/**
 * The two ways in which bytes are written for a learner, each where docker writes them so; the same size looks the same
 * everywhere. The engine writes English; the page writes the same parts in its own language (app/lib/format.ts).
 */
export interface SizeParts {
  /** with three digits at most; four of those below 1024 that would be the next unit's otherwise */
  value: number;
  unit: string;
}

/** `812 B`, `4.26 MB`, `126 MB`: of images, layers, files and what is sent, as `docker images` and `docker ps -s` do. */
export function sizeParts(bytes: number): SizeParts {
  return scaled(bytes, 1000, ["B", "kB", "MB", "GB", "TB", "PB"]);
}

/**
 * `64 MiB`, `2 GiB`: of memory, as `docker stats` does, and of every limit: who typed `-m 2g` or `--disk 16g` finds it
 * again.
 */
export function limitParts(bytes: number): SizeParts {
  return scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]);
}

export function limitText(bytes: number): string {
  const { value, unit } = limitParts(bytes);
  return `${value} ${unit}`;
}

function scaled(bytes: number, base: number, units: readonly string[]): SizeParts {
  let [value, unit] = [bytes, 0];
  while (rounded(value) >= base && unit < units.length - 1) {
    value /= base;
    unit++;
  }
  return { value: unit === 0 ? Math.round(value) : rounded(value), unit: units[unit] ?? "" };
}

function rounded(value: number): number {
  return value < 1000 ? Number(value.toPrecision(3)) : Math.round(value);
}
