import type { ReactNode } from "react";
import { chartPath, topOf } from "./chart-path.ts";

export interface Series {
  /** undefined where nothing was measured */
  values: readonly (number | undefined)[];
  /** drawn as a line alone, broken into dashes */
  second?: boolean;
}

interface ChartProps {
  /** what it shows, in words: the picture's name */
  label: string;
  series: readonly Series[];
  /** how many places there are: the newest value is at the right */
  places: number;
  /** what the top stands for at least */
  least: number;
  /** the top is a round number in */
  base: 2 | 10;
  /** drawn as a line when it is within sight */
  limit?: number | undefined;
  format: (value: number) => string;
}

const width = 240;
const height = 56;

/** Values over time as an area. Its words are in `label`: the picture itself is not for screen readers. */
export function Chart({ label, series, places, least, base, limit, format }: ChartProps): ReactNode {
  const top = topOf(
    series.flatMap(({ values }) => values),
    least,
    base,
  );
  const y = (value: number): number => height - (value / top) * height;
  return (
    <figure className="relative m-0">
      <svg
        role="img"
        aria-label={label}
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        className="block h-14 w-full overflow-hidden rounded-md bg-ground"
      >
        {[0.25, 0.5, 0.75].map((part) => (
          <line
            key={part}
            x1={0}
            x2={width}
            y1={height * part}
            y2={height * part}
            className="stroke-line"
            strokeWidth={1}
            vectorEffect="non-scaling-stroke"
          />
        ))}
        {series.map(({ values, second = false }, index) => {
          const { line, area } = chartPath(values, { places, top, width, height });
          return (
            <g key={index} className={second ? "text-cached" : "text-accent"}>
              {!second && <path d={area} fill="currentColor" opacity={0.16} />}
              <path
                d={line}
                fill="none"
                stroke="currentColor"
                strokeWidth={1.5}
                strokeDasharray={second ? "4 3" : undefined}
                vectorEffect="non-scaling-stroke"
              />
            </g>
          );
        })}
        {limit !== undefined && limit <= top && (
          <line
            x1={0}
            x2={width}
            y1={y(limit)}
            y2={y(limit)}
            className="stroke-bad"
            strokeWidth={1}
            strokeDasharray="2 3"
            vectorEffect="non-scaling-stroke"
          />
        )}
      </svg>
      <span aria-hidden="true" className="absolute top-0.5 left-1.5 text-2xs text-ink-faint">
        {format(top)}
      </span>
    </figure>
  );
}
