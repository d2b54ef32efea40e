import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { emptyBuild } from "../../../app/components/build/build-state.ts";
import { measuresOf } from "../../../app/components/experiment/measures.ts";

/** Which of the variants that took so long, in ms, are marked as the fastest. */
function fastest(...times: number[]): number[] | undefined {
  const variants = times.map((durationMs, index) => {
    const path = `Dockerfile.${index}`;
    const summary = {
      id: path,
      status: "completed",
      tags: [],
      contextPath: "",
      dockerfile: path,
      startedAt: 0,
    } as const;
    return { path, state: "built", build: { ...emptyBuild({ ...summary, tags: [] }), durationMs } } as const;
  });
  return measuresOf(variants).find(({ key }) => key === "time")?.best;
}

describe("the fastest variant", () => {
  it("is one that is faster by more than two runs of one build differ", () => {
    assert.deepEqual(fastest(1000, 2000), [0]);
    assert.deepEqual(fastest(2000, 1000, 1040), [1, 2]);
  });

  it("is none where all took nearly as long", () => {
    assert.deepEqual(fastest(1000, 1090), []);
    assert.deepEqual(fastest(60, 100), []);
  });
});
