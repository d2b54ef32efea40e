import type { BuildRecord, StepTiming } from "#contract/build-record.ts";
import type { BuildState, BuildStep } from "../build/build-state.ts";

/** A piece of a step's time; parts of the whole build. */
export interface Segment {
  phase: "waiting" | "running" | "committing" | "cached" | "failed";
  from: number;
  length: number;
}

export interface TimelineRow {
  step: BuildStep;
  segments: Segment[];
  timing: StepTiming | undefined;
}

export interface Timeline {
  rows: TimelineRow[];
  /** ms that the whole width stands for */
  span: number;
  /** ms of the marks on the axis */
  ticks: number[];
}

/** When each step did what. What it waited and how long its layer took is known once the build is on record. */
export function timelineOf(build: BuildState, record: BuildRecord | undefined, now: number): Timeline {
  const { startedAt } = build.summary;
  const ends = build.steps.map((step) => (step.startedAt ?? startedAt) + (step.durationMs ?? 0));
  const isRunning = build.summary.status === "running";
  const span = Math.max(1, build.durationMs ?? 0, Math.max(startedAt, ...ends, isRunning ? now : 0) - startedAt);
  const rows = build.steps.map((step): TimelineRow => {
    const timing = record?.steps.find(({ id }) => id === step.vertex.id)?.timing;
    return { step, timing, segments: segmentsOf(step, timing, { startedAt, span, now }) };
  });
  return { rows, span, ticks: ticksOf(span) };
}

function segmentsOf(
  step: BuildStep,
  timing: StepTiming | undefined,
  { startedAt, span, now }: { startedAt: number; span: number; now: number },
): Segment[] {
  if (step.startedAt === undefined) return [];
  const start = Math.max(0, step.startedAt - startedAt);
  const total = step.durationMs ?? (step.state === "running" ? Math.max(0, now - step.startedAt) : 0);
  const piece = (phase: Segment["phase"], from: number, ms: number): Segment[] =>
    ms > 0 ? [{ phase, from: (start + from) / span, length: Math.min(ms, span - start - from) / span }] : [];
  if (step.state === "cached") return [{ phase: "cached", from: start / span, length: total / span }];
  if (timing === undefined || total === 0) {
    return piece(step.state === "failed" ? "failed" : "running", 0, total);
  }
  const committing = Math.min(timing.committing, total);
  const waiting = Math.min(timing.waiting, total - committing);
  const running = total - waiting - committing;
  return [
    ...piece("waiting", 0, waiting),
    ...piece(step.state === "failed" ? "failed" : "running", waiting, running),
    ...piece("committing", waiting + running, committing),
  ];
}

/** At most five round numbers. */
function ticksOf(span: number): number[] {
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? rough;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step);
}
