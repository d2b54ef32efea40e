/**
 * The two ways in which bytes are written for a learner, each where docker writes them so; the same size looks the same
 * everywhere.
 */

/** `812 B`, `4.26 MB`, `126 MB`: of images, layers, files and what is sent, as `docker images` and `docker ps -s` do. */
export function sizeText(bytes: number): string {
  return scaled(bytes, 1000, ["B", "kB", "MB", "GB", "TB", "PB"]);
}

/**
 * `64 MiB`, `2 GiB`: of memory, as `docker stats` does, and of every limit: who typed `-m 2g` or `--disk 16g` finds it
 * again.
 */
export function limitText(bytes: number): string {
  return scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]);
}

/** With three digits; four of those below 1024 that would be the next unit's otherwise. */
function scaled(bytes: number, base: number, units: readonly string[]): string {
  let [value, unit] = [bytes, 0];
  while (rounded(value) >= base && unit < units.length - 1) {
    value /= base;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : rounded(value)} ${units[unit]}`;
}

function rounded(value: number): number {
  return value < 1000 ? Number(value.toPrecision(3)) : Math.round(value);
}
