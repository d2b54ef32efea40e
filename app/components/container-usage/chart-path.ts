/** What the top of a chart stands for: 1, 2 or 5 times a power of ten, or a power of two, above all values. */
export function topOf(values: readonly (number | undefined)[], least: number, base: 2 | 10 = 10): number {
  const most = Math.max(least, ...values.map((value) => value ?? 0));
  if (most <= 0) return 1;
  if (base === 2) return 2 ** Math.ceil(Math.log2(most * 1.0001));
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 5, 10].find((step) => step * power >= most * 1.0001) ?? 10) * power;
}

interface Place {
  places: number;
  top: number;
  width: number;
  height: number;
}

/** SVG path data of the values: the newest is at the right edge; what was not measured is a gap. */
export function chartPath(
  values: readonly (number | undefined)[],
  { places, top, width, height }: Place,
): { line: string; area: string } {
  const step = width / Math.max(1, places - 1);
  const shown = values.slice(-places);
  const first = width - (shown.length - 1) * step;
  const line: string[] = [];
  const area: string[] = [];
  let open = false;
  for (const [index, value] of shown.entries()) {
    const x = round(first + index * step);
    if (value === undefined) {
      if (open) area.push(`L${round(first + (index - 1) * step)} ${height}Z`);
      open = false;
      continue;
    }
    const y = round(height - (Math.min(value, top) / top) * height);
    line.push(`${open ? "L" : "M"}${x} ${y}`);
    area.push(open ? `L${x} ${y}` : `M${x} ${height}L${x} ${y}`);
    open = true;
  }
  if (open) area.push(`L${width} ${height}Z`);
  return { line: line.join(""), area: area.join("") };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
