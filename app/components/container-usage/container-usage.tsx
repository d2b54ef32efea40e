"use client";
import type { ReactNode } from "react";
import type { ContainerStats } from "#contract/container-views.ts";
import type { ContainerView } from "#contract/playground-api.ts";
import { decimal, limit, size } from "../../lib/format.ts";
import { pageLanguage } from "../../lib/language.ts";
import { messages } from "../../lib/messages.ts";
import { Measure } from "./measure.tsx";
import { useStats } from "./use-stats.ts";

const words = messages.running;

/** How busy a container is, now and in the last two minutes. */
export function ContainerUsage({ container }: { container: ContainerView }): ReactNode {
  const isRunning = container.state === "running" || container.state === "paused";
  const history = useStats(container.id, isRunning);
  const last = isRunning ? history.at(-1) : undefined;
  if (last === undefined) {
    return (
      <p role="status" className="p-3 text-xs text-ink-faint">
        {isRunning ? words.usage.waiting : words.details.notRunning}
      </p>
    );
  }
  const rate = (bytes: number): string => words.usage.perSecond({ size: size(bytes) });
  const values = (pick: (sample: ContainerStats) => number | undefined): (number | undefined)[] => history.map(pick);
  return (
    <section
      aria-label={words.usage.label}
      data-testid="container-usage"
      className="grid grid-cols-[repeat(auto-fit,minmax(13rem,1fr))] gap-3 p-3"
    >
      <Measure
        name={words.usage.cpu}
        series={[values(({ cpus }) => cpus)]}
        format={(value) => words.usage.cpus({ value: decimal(value, 2) })}
        least={0.1}
        allowed={last.allowed.cpus}
      />
      <Measure
        name={words.usage.memory}
        series={[values(({ memory }) => memory)]}
        format={limit}
        base={2}
        least={2 ** 20}
        allowed={last.allowed.memory}
      />
      <Measure
        name={words.usage.network}
        series={[values(({ network }) => network?.received), values(({ network }) => network?.sent)]}
        names={[words.usage.received, words.usage.sent]}
        format={rate}
        least={1000}
      />
      <Measure
        name={words.usage.disk}
        series={[values(({ disk }) => disk?.read), values(({ disk }) => disk?.written)]}
        names={[words.usage.read, words.usage.written]}
        format={rate}
        least={1000}
      />
      <Measure
        name={words.usage.processes}
        series={[values(({ processes }) => processes)]}
        format={(value) => value.toLocaleString(pageLanguage())}
        least={5}
        allowed={last.allowed.processes}
      />
    </section>
  );
}
