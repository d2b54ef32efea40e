import type { ReactNode } from "react";
import type { Allowed } from "#contract/container-views.ts";
import { messages } from "../../lib/messages.ts";
import { Chart } from "./chart.tsx";
import { historyLength } from "./usage-store.ts";

const words = messages.running;

interface MeasureProps {
  name: string;
  /** one or two, oldest value first */
  series: readonly (readonly (number | undefined)[])[];
  /** of the series, where there are two */
  names?: readonly string[];
  format: (value: number) => string;
  least: number;
  /** of the unit's steps: of bytes of memory 2 */
  base?: 2 | 10;
  allowed?: Allowed | undefined;
}

/** One thing that is measured: its name, what it is now and may be, and how it went. */
export function Measure({ name, series, names = [], format, least, base = 10, allowed }: MeasureProps): ReactNode {
  const nows = series.map((values) => values.at(-1));
  const now = nows.map((value, index) => withName(value === undefined ? "–" : format(value), names[index])).join(", ");
  const most = series
    .map((values, index) => withName(format(Math.max(0, ...values.map((value) => value ?? 0))), names[index]))
    .join(", ");
  const [used] = nows;
  return (
    <div data-measure={name} className="min-w-0">
      <p className="mb-1 flex flex-wrap items-baseline gap-x-1.5 text-xs">
        <span className="font-medium">{name}</span>
        {names.length === 0 ? (
          <span className="text-ink-soft tabular-nums">{now}</span>
        ) : (
          names.map((each, index) => (
            <span key={each} className={index === 0 ? "text-accent" : "text-cached"}>
              {nows[index] === undefined ? "–" : format(nows[index])} {each}
            </span>
          ))
        )}
        {allowed && (
          <span className="text-ink-faint" title={words.usage.whose[allowed.whose]}>
            {words.usage.of({ limit: format(allowed.value) })}
          </span>
        )}
      </p>
      <Chart
        label={words.usage.chart({ name, now, most })}
        series={series.map((values, index) => ({ values, second: index > 0 }))}
        places={historyLength}
        least={least}
        base={base}
        limit={allowed?.value}
        format={format}
      />
      {allowed && <Meter name={words.usage.used({ name })} part={(used ?? 0) / allowed.value} />}
    </div>
  );
}

function withName(value: string, name: string | undefined): string {
  return name === undefined ? value : `${value} ${name}`;
}

function Meter({ name, part }: { name: string; part: number }): ReactNode {
  const percent = Math.min(100, Math.max(0, Math.round(part * 100)));
  return (
    <div
      role="meter"
      aria-label={name}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={`${percent} %`}
      className="mt-1 h-1 overflow-hidden rounded-full bg-raised"
    >
      <div
        className={`h-full rounded-full ${percent > 90 ? "bg-bad" : percent > 70 ? "bg-warn" : "bg-accent"}`}
        style={{ width: `${percent}%` }}
      />
    </div>
  );
}
