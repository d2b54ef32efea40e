import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { applyEvents, emptyBuild } from "./build-state.ts";
import { tellingOf } from "./telling.ts";
import type { NewBuildEvent } from "../../../server/contract/build-events.ts";
import type { BuildSummary } from "../../../server/contract/extension-api.ts";

const summary: BuildSummary = {
  id: "b1",
  status: "running",
  tags: [],
  contextPath: "",
  dockerfile: "Dockerfile",
  startedAt: 0,
};
const steps = ["FROM busybox", "RUN make", `RUN ${"x".repeat(500)}`];
const plan = steps.map((instruction, at): NewBuildEvent => {
  const range = { startLine: at + 1, startColumn: 1, endLine: at + 1, endColumn: 9 };
  return {
    type: "vertex",
    vertex: { id: instruction, name: instruction, instruction, stage: "main", range, inputs: [] },
  };
});
const begun = (id = ""): NewBuildEvent => ({ type: "vertex-started", id });
const over = (id = "", error?: string): NewBuildEvent => {
  const reason = { kind: "first-build", detail: "" } as const;
  const failure = error === undefined ? {} : { error };
  return { type: "vertex-completed", id, cached: false, reason, durationMs: 1, ...failure };
};
const printed = (id = ""): NewBuildEvent => ({ type: "log", id, stream: "stdout", text: "a line\n" });

function told(...events: NewBuildEvent[]): string {
  const numbered = [...plan, ...events].map((event, seq) => ({ ...event, seq, time: seq }));
  return tellingOf(applyEvents(emptyBuild(summary), numbered));
}

describe("what a screen reader is told of a build", () => {
  it("is which step is done and which has begun, and nothing of what it prints", () => {
    const [from, make] = steps;
    assert.equal(told(), "");
    assert.equal(told(begun(from)), "Step 1 has begun: FROM busybox");
    const running = told(begun(from), over(from), begun(make));
    assert.equal(running, "Step 1 is done. Step 2 has begun: RUN make");
    assert.equal(told(begun(from), over(from), begun(make), printed(make), printed(make)), running);
    assert.equal(told(begun(from), over(from), begun(make), over(make)), "Step 2 is done.");
  });

  it("is the step that failed, whatever else goes on", () => {
    const [from, make] = steps;
    assert.equal(told(over(from), begun(make), over(make, "ended with 2")), "Step 2 has failed: RUN make");
  });

  it("has the beginning of a long instruction", () => {
    assert.ok(told(begun(steps[2])).length < 150);
  });
});
