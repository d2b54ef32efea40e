import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeBuild } from "./build-history.ts";
import { applyEvents, emptyBuild, failedStep, instructionsOf, recordedBuild, stepNumbers } from "./build-state.ts";
import { duration } from "../../lib/format.ts";
import type { BuildEvent, NewBuildEvent } from "../../../server/contract/build-events.ts";
import type { BuildSummary } from "../../../server/contract/extension-api.ts";

const summary: BuildSummary = {
  id: "b1",
  status: "running",
  tags: [],
  contextPath: "",
  dockerfile: "Dockerfile",
  startedAt: 0,
};

function vertex(id: string, stage: string, inputs: string[]): NewBuildEvent {
  return { type: "vertex", vertex: { id, name: id, instruction: id, stage, range: undefined, inputs } };
}

function completed(id: string, error?: string): NewBuildEvent {
  const reason = { kind: "first-build", detail: "" } as const;
  const failure = error === undefined ? {} : { error };
  return { type: "vertex-completed", id, cached: false, reason, durationMs: 0, ...failure };
}

const failed: NewBuildEvent = {
  type: "failed",
  durationMs: 1,
  error: { message: "false ended with 1", range: undefined, excerpt: "" },
};

function states(...events: NewBuildEvent[]): Record<string, string> {
  const numbered = events.map((event, seq): BuildEvent => ({ ...event, seq, time: seq }));
  const { steps } = applyEvents(emptyBuild(summary), numbered);
  return Object.fromEntries(steps.map((step) => [step.vertex.id, step.state]));
}

const plan = [
  vertex("FROM", "", []),
  vertex("RUN", "one", ["FROM"]),
  vertex("CMD", "one", ["RUN"]),
  vertex("COPY", "two", ["CMD"]),
  vertex("OTHER", "three", ["FROM"]),
];

describe("the numbers of steps", () => {
  it("are those of the Dockerfile's instructions: fetching a base is none, nor is what its ONBUILD does", () => {
    const at = (id: string, line: number): NewBuildEvent => {
      const range = { startLine: line, startColumn: 1, endLine: line, endColumn: 9 };
      return { type: "vertex", vertex: { id, name: id, instruction: id, stage: "main", range, inputs: [] } };
    };
    const events = [vertex("pull", "", []), at("FROM", 1), at("ONBUILD RUN", 1), at("RUN", 3), at("CMD", 4)];
    const build = applyEvents(
      emptyBuild(summary),
      events.map((event, seq): BuildEvent => ({ ...event, seq, time: seq })),
    );
    assert.deepEqual(Object.fromEntries(stepNumbers(build)), { FROM: 1, "ONBUILD RUN": 1, RUN: 2, CMD: 3 });
    assert.equal(instructionsOf(build).length, 4);
  });
});

describe("the steps of a failed build", () => {
  it("take a pull for the instruction that began it, once that is known", () => {
    const events: NewBuildEvent[] = [
      vertex("pull:x", "", []),
      { type: "vertex-started", id: "pull:x" },
      completed("pull:x", "no such image"),
      vertex("pull:x", "main", []),
      vertex("RUN", "main", []),
      failed,
    ];
    const numbered = events.map((event, seq): BuildEvent => ({ ...event, seq, time: seq }));
    const build = applyEvents(emptyBuild(summary), numbered);
    assert.deepEqual(
      build.steps.map(({ vertex: { id, stage }, state }) => [id, stage, state]),
      [
        ["pull:x", "main", "failed"],
        ["RUN", "main", "unreached"],
      ],
    );
    assert.equal(failedStep(build)?.error, "no such image");
  });

  it("do not show as done what comes after the failed one", () => {
    for (const ends of [
      [completed("RUN", "failed"), completed("CMD")],
      [completed("CMD"), completed("RUN", "failed")],
    ]) {
      assert.deepEqual(states(...plan, completed("FROM"), completed("OTHER"), ...ends, failed), {
        FROM: "done",
        RUN: "failed",
        CMD: "unreached",
        COPY: "unreached",
        OTHER: "done",
      });
    }
  });

  it("show as not reached what was still waiting, and as cancelled what was going", () => {
    const events = [completed("FROM"), { type: "vertex-started", id: "RUN" } as const];
    assert.deepEqual(states(...plan, ...events, { type: "cancelled", durationMs: 1 }), {
      FROM: "done",
      RUN: "cancelled",
      CMD: "unreached",
      COPY: "unreached",
      OTHER: "unreached",
    });
  });
});

describe("a recorded build", () => {
  const begun = [...plan, { type: "vertex-started", id: "RUN" } as const].map((event, seq) => ({
    ...event,
    seq,
    time: seq * 1000,
  }));

  it("that was not over is shown as interrupted, not as one that goes on for ever", () => {
    const build = recordedBuild({ summary, events: begun });
    assert.equal(build.summary.status, "interrupted");
    assert.equal(build.durationMs, (begun.length - 1) * 1000, "up to its last event");
    assert.equal(build.steps.find(({ vertex: { id } }) => id === "RUN")?.state, "cancelled");
    assert.ok(build.steps.every(({ state }) => state !== "running" && state !== "waiting"));
  });

  it("that was over is as it ended", () => {
    const end = { ...failed, seq: begun.length, time: 9000 };
    assert.equal(recordedBuild({ summary, events: [...begun, end] }).summary.status, "failed");
  });

  it("took as long as the history says, whatever of that was the builder's", () => {
    const asked = { ...summary, startedAt: 500 };
    const end = { ...failed, durationMs: 7000, seq: begun.length, time: 9000 };
    const build = recordedBuild({ summary: asked, events: [...begun, end] });
    assert.deepEqual([build.durationMs, build.summary.finishedAt], [8500, 9000]);
    const { detail } = describeBuild({ ...asked, status: "failed", finishedAt: 9000 });
    assert.ok(detail.includes(duration(build.durationMs ?? 0)), detail);
  });
});
