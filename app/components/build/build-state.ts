import type {
  BuildEvent,
  BuildFailure,
  BuildVertex,
  BuildWarning,
  CacheReason,
  StageSummary,
} from "#contract/build-events.ts";
import type { BuildSummary } from "#contract/extension-api.ts";
import type { SnippetBuild } from "#contract/playground-api.ts";
import { eventInWords } from "../../lib/engine-text.ts";
import { LineBuffer } from "../../lib/line-buffer.ts";
import { joinPath } from "../files/file-tree-model.ts";

/** One instruction of a build as it is shown. */
export interface BuildStep {
  vertex: BuildVertex;
  /** `unreached`: the build ended, or what it needs failed, before its turn */
  state: "waiting" | "running" | "done" | "cached" | "failed" | "cancelled" | "unreached";
  log: LineBuffer;
  /** items of pulls and copies by name */
  progress: Map<string, { status: string; current?: number; total?: number }>;
  startedAt?: number;
  durationMs?: number;
  reason?: CacheReason;
  layerBytes?: number;
  error?: string;
  /** bytes of output that the engine left out */
  truncated: number;
}

/** What the events of a build add up to. Changed in place by `applyEvents`, which returns a shallow copy. */
export interface BuildState {
  summary: BuildSummary;
  /** in the order they were announced */
  steps: BuildStep[];
  /** all of the Dockerfile; none in recordings of before */
  stages: StageSummary[];
  /** of the Dockerfile, as it was; none in recordings of before, and in those that have its file */
  text: string | undefined;
  warnings: BuildWarning[];
  failure: BuildFailure | undefined;
  /** from when it was asked for to its end, by the engine's clock, as the history has it */
  durationMs: number | undefined;
  /** of the next event expected */
  next: number;
}

export function emptyBuild(summary: BuildSummary): BuildState {
  const ending = { failure: undefined, durationMs: undefined };
  return { summary, steps: [], stages: [], text: undefined, warnings: [], ...ending, next: 0 };
}

/** Where its Dockerfile is in the workspace; undefined: it is no file of it. */
export function dockerfileOf({ contextPath, dockerfile }: BuildSummary): string | undefined {
  return contextPath === undefined ? undefined : joinPath(contextPath, dockerfile);
}

/** The build after the events; ones that came before are skipped. */
export function applyEvents(build: BuildState, events: BuildEvent[]): BuildState {
  const next = { ...build };
  for (const event of events) {
    if (event.seq < next.next) continue;
    next.next = event.seq + 1;
    applyEvent(next, eventInWords(event));
  }
  return next;
}

/** Those that are instructions: fetching a base is no step of the Dockerfile. */
export function instructionsOf({ steps }: BuildState): BuildStep[] {
  return steps.filter(({ vertex }) => vertex.stage !== "");
}

/** Places of the instructions in the Dockerfile, from 1, by the ids of steps; what a base's ONBUILD does is its FROM's. */
export function stepNumbers(build: BuildState): Map<string, number> {
  const lines = new Map<number | string, number>();
  const numbers = new Map<string, number>();
  for (const { vertex } of instructionsOf(build)) {
    const key = vertex.range?.startLine ?? vertex.id;
    if (!lines.has(key)) lines.set(key, lines.size + 1);
    numbers.set(vertex.id, lines.get(key) ?? lines.size);
  }
  return numbers;
}

/** The step that the build failed at; undefined: before there was any, or without an end of its own. */
export function failedStep({ failure, steps }: BuildState): BuildStep | undefined {
  if (failure === undefined) return undefined;
  const failed = steps.filter(({ state }) => state === "failed");
  return failed.find(({ vertex }) => vertex.range?.startLine === failure.range?.startLine) ?? failed[0];
}

/** `RUN` */
export function keywordOf({ vertex }: BuildStep): string {
  return /^\S*/.exec(vertex.instruction)?.[0].toUpperCase() ?? "";
}

/** A build as it was recorded: what was not over then never will be. */
export function recordedBuild({ summary, events }: SnippetBuild): BuildState {
  const build = applyEvents(emptyBuild({ ...summary, status: "running" }), events);
  if (build.summary.status !== "running") return build;
  const last = events.at(-1)?.time ?? summary.startedAt;
  const next = { ...build, durationMs: last - summary.startedAt };
  next.summary = { ...build.summary, status: "interrupted" };
  endSteps(next);
  return next;
}

function applyEvent(build: BuildState, event: BuildEvent): void {
  switch (event.type) {
    case "started":
      build.text = event.text;
      return;
    case "vertex":
      announce(build, event.vertex);
      return;
    case "stages":
      build.stages = event.stages;
      return;
    case "vertex-started":
      changeStep(build, event.id, (step) => ({ ...step, state: "running", startedAt: event.time }));
      return;
    case "log":
      changeStep(build, event.id, (step) => {
        step.log.append(event.text);
        return { ...step, truncated: step.truncated + (event.truncated ?? 0) };
      });
      return;
    case "status":
      changeStep(build, event.id, (step) => {
        const { item, status, current, total } = event;
        const progress = {
          status,
          ...(current === undefined ? {} : { current }),
          ...(total === undefined ? {} : { total }),
        };
        // Pulls name few items; a runaway list would only hide them.
        return { ...step, progress: new Map([...step.progress, [item, progress] as const].slice(-40)) };
      });
      return;
    case "vertex-completed":
      changeStep(build, event.id, (step) => {
        const { reason, durationMs, layerBytes, error } = event;
        const state = error !== undefined ? "failed" : event.cached ? "cached" : "done";
        const more = { ...(layerBytes === undefined ? {} : { layerBytes }), ...(error === undefined ? {} : { error }) };
        return { ...step, state, reason, durationMs, ...more };
      });
      leaveOutUnreached(build);
      return;
    case "warning":
      build.warnings = [...build.warnings, event].slice(0, 100);
      return;
    case "completed":
      finish(build, event.time, { status: "completed", imageId: event.imageId, tags: event.tags });
      return;
    case "failed":
      build.failure = event.error;
      finish(build, event.time, { status: "failed", error: event.error.message });
      return;
    default:
      // A step that was broken off did not fail.
      build.steps = build.steps.map((step) => (step.state === "failed" ? { ...step, state: "cancelled" } : step));
      finish(build, event.time, { status: "cancelled" });
  }
}

function finish(build: BuildState, time: number, change: Partial<BuildSummary>): void {
  build.durationMs = time - build.summary.startedAt;
  build.summary = { ...build.summary, finishedAt: time, ...change };
  endSteps(build);
}

/** Steps that were still going or to come when the build ended. */
export function endSteps(build: BuildState): void {
  const completed = build.summary.status === "completed";
  build.steps = build.steps.map((step): BuildStep => {
    if (step.state === "running") return { ...step, state: completed ? "done" : "cancelled" };
    if (step.state !== "waiting") return step;
    // A build that went on from a shell had no need of what came before.
    return { ...step, state: completed ? "cached" : "unreached" };
  });
  leaveOutUnreached(build);
}

/**
 * What needs a failed step, or comes after it in its stage, was not reached, whatever the engine says: steps that only
 * change the image's configuration are over before a command in front of them has run.
 */
function leaveOutUnreached(build: BuildState): void {
  for (const { vertex, state } of build.steps) if (state === "failed") leaveOutAfter(build, vertex.id);
}

function leaveOutAfter(build: BuildState, failed: string): void {
  const index = build.steps.findIndex((step) => step.vertex.id === failed);
  const stage = build.steps[index]?.vertex.stage;
  const out = new Set([failed]);
  build.steps = build.steps.map((step, at): BuildStep => {
    const { id, inputs } = step.vertex;
    const later = at > index && stage !== "" && step.vertex.stage === stage;
    if (id === failed || (!later && !inputs.some((input) => out.has(input)))) return step;
    out.add(id);
    return step.state === "failed" ? step : unreached(step);
  });
}

/** Without what its early end has told. */
function unreached({ vertex, log, progress, truncated }: BuildStep): BuildStep {
  return { vertex, log, progress, truncated, state: "unreached" };
}

/** One that is announced again (a pull that turns out to be an instruction's) goes on in its new place. */
function announce(build: BuildState, vertex: BuildVertex): void {
  const known = build.steps.find((step) => step.vertex.id === vertex.id);
  const others = build.steps.filter((step) => step !== known);
  build.steps = [...others, known === undefined ? newStep(vertex) : { ...known, vertex }];
}

function newStep(vertex: BuildVertex): BuildStep {
  return { vertex, state: "waiting", log: new LineBuffer(), progress: new Map(), truncated: 0 };
}

function changeStep(build: BuildState, id: string, change: (step: BuildStep) => BuildStep): void {
  const index = build.steps.findIndex((step) => step.vertex.id === id);
  const step = build.steps[index];
  if (step !== undefined) build.steps = build.steps.with(index, change(step));
}
