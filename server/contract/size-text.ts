const units = ["B", "kB", "MB", "GB", "TB", "PB"];

/**
 * `812 B`, `4.26 MB`, `126 MB`: decimal and with three digits, as `docker images` prints sizes. The one way in which
 * sizes are written for a learner, so that the same size looks the same everywhere.
 */
export function sizeText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (Number(value.toPrecision(3)) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : Number(value.toPrecision(3))} ${units[unit]}`;
}
