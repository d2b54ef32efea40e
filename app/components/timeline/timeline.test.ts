import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type BuildState, type BuildStep, emptyBuild } from "../build/build-state.ts";
import { timelineOf } from "./timeline.ts";
import { LineBuffer } from "../../lib/line-buffer.ts";
import type { BuildRecord, StepTiming } from "../../../server/contract/build-record.ts";

const startedAt = 1000;

/** @param from ms after the build has begun; undefined: it has not been reached */
function step(id: string, state: BuildStep["state"], from?: number, durationMs?: number): BuildStep {
  const vertex = { id, name: id, instruction: id, stage: "main", range: undefined, inputs: [] };
  const times = {
    ...(from === undefined ? {} : { startedAt: startedAt + from }),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
  return { vertex, state, ...times, log: new LineBuffer(), progress: new Map(), truncated: 0 };
}

function build(status: "running" | "completed", steps: BuildStep[], durationMs?: number): BuildState {
  const summary = { id: "b", status, tags: [], contextPath: "", dockerfile: "Dockerfile", startedAt };
  return { ...emptyBuild(summary), steps, ...(durationMs === undefined ? {} : { durationMs }) };
}

function record(timings: Record<string, Partial<StepTiming>>): BuildRecord {
  const steps = Object.entries(timings).map(([id, timing], index) => ({
    id,
    stage: "main",
    index,
    instruction: id,
    outcome: "ran" as const,
    shells: [],
    timing: { waiting: 0, running: 0, committing: 0, total: 0, ...timing },
  }));
  return { id: "b", tags: [], startedAt, finishedAt: startedAt, steps };
}

/** `phase from-to`, in ms of the build. */
function drawn(of: BuildState, kept?: BuildRecord, now = startedAt): string[][] {
  const { rows, span } = timelineOf(of, kept, now);
  return rows.map(({ segments }) =>
    segments.map(
      ({ phase, from, length }) => `${phase} ${Math.round(from * span)}-${Math.round((from + length) * span)}`,
    ),
  );
}

describe("when each step did what", () => {
  it("is waiting, then running, then committing its layer, as the record has it", () => {
    const over = build("completed", [step("FROM", "done", 0, 100), step("RUN", "done", 100, 900)], 1000);
    const kept = record({ RUN: { waiting: 200, running: 400, committing: 300, total: 900 } });
    assert.deepEqual(drawn(over, kept)[1], ["waiting 100-300", "running 300-700", "committing 700-1000"]);
    assert.deepEqual(drawn(over)[1], ["running 100-1000"], "before the record has come");
  });

  it("has no more of a phase than the step took", () => {
    const over = build("completed", [step("RUN", "done", 0, 100)], 100);
    const kept = record({ RUN: { waiting: 500, committing: 60, total: 100 } });
    assert.deepEqual(drawn(over, kept), [["waiting 0-40", "committing 40-100"]]);
  });

  it("is cached, failed or nothing at all, whatever is on record of it", () => {
    const steps = [step("FROM", "cached", 0, 10), step("RUN a", "failed", 10, 90), step("RUN b", "unreached")];
    const kept = record({ FROM: { waiting: 5, running: 5 }, "RUN a": { waiting: 30, running: 60 } });
    assert.deepEqual(drawn(build("completed", steps, 100), kept), [
      ["cached 0-10"],
      ["waiting 10-40", "failed 40-100"],
      [],
    ]);
  });

  it("goes on until now while it runs, beside what runs at the same time", () => {
    const running = build("running", [step("a", "done", 0, 50), step("b", "running", 20), step("c", "waiting")]);
    assert.deepEqual(drawn(running, undefined, startedAt + 400), [["running 0-50"], ["running 20-400"], []]);
  });

  it("has at most five round marks on its axis, the first at its beginning", () => {
    for (const ms of [1, 7, 90, 1234, 60_000, 3_600_000]) {
      const { ticks, span } = timelineOf(build("completed", [], ms), undefined, startedAt);
      assert.equal(ticks[0], 0);
      assert.ok(ticks.length >= 2 && ticks.length <= 5, `${ms}: ${ticks.join(" ")}`);
      assert.ok(ticks.every((tick) => tick <= span));
    }
  });
});
