"use client";
import { useMemo } from "react";
import type { ReactNode } from "react";
import { duration } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { StateIcon } from "../build/build-steps.tsx";
import { useElapsed } from "../build/build-status.tsx";
import type { BuildState } from "../build/build-state.ts";
import { pointFrom } from "../build/pointed.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { stageGraph } from "./stage-graph.ts";
import { StageGraphView } from "./stage-graph-view.tsx";
import { type Segment, type Timeline, timelineOf, type TimelineRow } from "./timeline.ts";

const text = messages.buildView.timeline;

/** When each step of the shown build did what, and how its stages hang together. */
export default function TimelinePanel(): ReactNode {
  const { builds } = useWorkspace();
  const build = useStore(builds.shown);
  return build === undefined ? null : <Shown build={build} />;
}

function Shown({ build }: { build: BuildState }): ReactNode {
  const { builds } = useWorkspace();
  const record = useStore(builds.record);
  const pointed = useStore(builds.pointed);
  const { startedAt, status } = build.summary;
  const elapsed = useElapsed(status === "running" ? startedAt : undefined);
  const graph = useMemo(() => stageGraph(build), [build]);
  const timeline = useMemo(() => timelineOf(build, record, startedAt + elapsed), [build, record, startedAt, elapsed]);
  return (
    <div className="h-full overflow-y-auto" data-scrolls="timeline" data-testid="timeline">
      {graph.nodes.length > 1 && (
        <StageGraphView graph={graph} onPress={({ stage }) => builds.revealLine(stage.range.startLine, false)} />
      )}
      <Legend />
      <Axis timeline={timeline} />
      <ol aria-label={text.label} className="pb-2">
        {timeline.rows.map((row, index) => {
          const { id, stage } = row.step.vertex;
          const heading =
            stage !== "" && stage !== timeline.rows[index - 1]?.step.vertex.stage && graph.nodes.length > 1;
          return (
            <li key={id}>
              {heading && (
                <p className="px-3 pt-1.5 text-2xs font-semibold tracking-wider text-ink-faint uppercase">{stage}</p>
              )}
              <Row
                row={row}
                ticks={timeline.ticks.map((tick) => tick / timeline.span)}
                pointed={pointed?.id === id}
                onPoint={(on) => pointFrom(builds.pointed, "steps", on ? id : undefined)}
                onPress={() => builds.revealStep(id)}
              />
            </li>
          );
        })}
      </ol>
    </div>
  );
}

const fills: Record<Segment["phase"], string> = {
  waiting: "url(#waiting)",
  running: "var(--accent)",
  committing: "url(#committing)",
  cached: "var(--cached-wash)",
  failed: "url(#failed)",
};
const strokes: Partial<Record<Segment["phase"], string>> = {
  waiting: "var(--line-strong)",
  cached: "var(--cached)",
  failed: "var(--bad)",
};

function Legend(): ReactNode {
  return (
    <ul aria-label={text.legend} className="flex flex-wrap gap-x-3 gap-y-0.5 px-3 pt-2 text-2xs text-ink-soft">
      {(["waiting", "cached", "running", "committing", "failed"] as const).map((phase) => (
        <li key={phase} className="flex items-center gap-1">
          <svg aria-hidden="true" className="size-2.5" viewBox="0 0 10 10">
            <Pattern />
            <rect width="10" height="10" rx="2" fill={fills[phase]} stroke={strokes[phase]} />
          </svg>
          {text.phases[phase]}
        </li>
      ))}
    </ul>
  );
}

/** Waiting and what failed are hatched, committing is striped, what was cached is hollow: none must need colour. */
function Pattern(): ReactNode {
  return (
    <defs>
      <pattern id="waiting" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="1.500" height="4" fill="var(--ink-faint)" />
      </pattern>
      <pattern id="failed" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
        <rect width="2.500" height="4" fill="var(--bad)" />
      </pattern>
      <pattern id="committing" width="3" height="3" patternUnits="userSpaceOnUse">
        <rect width="2" height="3" fill="var(--good)" />
      </pattern>
    </defs>
  );
}

const columns = "grid grid-cols-[minmax(6rem,38%)_1fr_3.5rem] items-center gap-2 px-3";

function Axis({ timeline: { ticks, span } }: { timeline: Timeline }): ReactNode {
  return (
    <div aria-hidden="true" className={`${columns} pt-2 text-2xs text-ink-faint tabular-nums`}>
      <span />
      <span className="@container relative h-4">
        {/* Where they would touch, every other one tells. */}
        {ticks.map((tick, index) => (
          <span
            key={tick}
            className={`absolute whitespace-nowrap ${index % 2 === 1 ? "hidden @3xs:inline" : ""}`}
            style={{ left: `${(100 * tick) / span}%` }}
          >
            {tick === 0 ? "0" : duration(tick)}
          </span>
        ))}
      </span>
      <span />
    </div>
  );
}

interface RowProps {
  row: TimelineRow;
  ticks: number[];
  pointed: boolean;
  onPoint: (on: boolean) => void;
  onPress: () => void;
}

function Row({ row: { step, segments, timing }, ticks, pointed, onPoint, onPress }: RowProps): ReactNode {
  const { vertex, state, durationMs } = step;
  const instruction = vertex.stage === "" ? vertex.name : vertex.instruction || vertex.name;
  const [keyword = "", ...rest] = instruction.split(/(?<=^\S+)\s/);
  const stateText =
    state === "unreached" ? messages.build.unreached : text.states[state === "cancelled" ? "waiting" : state];
  const parts = (["waiting", "running", "committing"] as const)
    .filter((phase) => (timing?.[phase] ?? 0) >= 1 && state !== "cached")
    .map((phase) => `${text.phases[phase]} ${duration(timing?.[phase] ?? 0)}`);
  return (
    <button
      type="button"
      title={[instruction, stateText, ...parts].join(" · ")}
      onClick={onPress}
      onPointerEnter={() => onPoint(true)}
      onPointerLeave={() => onPoint(false)}
      onFocus={() => onPoint(true)}
      onBlur={() => onPoint(false)}
      data-pointed={pointed ? "" : undefined}
      className={`${columns} h-6.5 w-full text-left hover:bg-accent-wash ${pointed ? "bg-accent-wash" : ""}`}
    >
      <span
        className={`relative truncate font-mono text-xs ${state === "unreached" || state === "waiting" ? "text-ink-faint" : ""}`}
      >
        <span className="font-semibold text-accent">{keyword}</span> {rest.join(" ")}
        <span className="sr-only">{[stateText, ...parts].join(", ")}</span>
      </span>
      <svg aria-hidden="true" className="h-full w-full" data-testid="timeline-bar">
        <Pattern />
        {ticks.map((tick) => (
          <line key={tick} x1={`${tick * 100}%`} x2={`${tick * 100}%`} y1="0" y2="100%" stroke="var(--line)" />
        ))}
        {segments.map(({ phase, from, length }) => (
          <rect
            key={phase}
            x={`${from * 100}%`}
            style={{ width: `max(2.500px, ${length * 100}%)` }}
            y="7"
            height="12"
            rx="2"
            fill={fills[phase]}
            stroke={phase === "waiting" ? undefined : strokes[phase]}
            data-phase={phase}
          />
        ))}
      </svg>
      <span className="flex items-center justify-end gap-0.5 text-2xs text-ink-soft tabular-nums">
        {state === "failed" && <StateIcon state="failed" />}
        {state === "cached"
          ? messages.build.cached
          : durationMs === undefined || durationMs < 1
            ? ""
            : duration(durationMs)}
      </span>
    </button>
  );
}
