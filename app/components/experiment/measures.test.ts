import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type BuildStep, emptyBuild } from "../build/build-state.ts";
import type { Variant } from "./experiment-store.ts";
import { type Measured, measuresOf } from "./measures.ts";
import { LineBuffer } from "../../lib/line-buffer.ts";
import type { ImageLayers } from "../../../server/contract/image-files.ts";

function step(id: string, state: BuildStep["state"], more: { durationMs?: number; stage?: string } = {}): BuildStep {
  const { stage = "main", durationMs = 0 } = more;
  const inputs = id === "FROM" || stage === "" ? [] : ["FROM"];
  const vertex = { id, name: id, instruction: id, stage, range: undefined, inputs };
  return { vertex, state, durationMs, log: new LineBuffer(), progress: new Map(), truncated: 0 };
}

function variant(durationMs: number, { steps = [], size = 0 }: { steps?: BuildStep[]; size?: number } = {}): Variant {
  const path = "Dockerfile";
  const summary = { id: "b", status: "completed", tags: [], contextPath: "", dockerfile: path, startedAt: 0 } as const;
  const waste = { bytes: 0, of: 0, files: [], omitted: 0 };
  const layers: ImageLayers = { id: "i", names: [], size, layers: [], others: [], waste };
  return { path, state: "built", build: { ...emptyBuild({ ...summary, tags: [] }), durationMs, steps }, layers };
}

function bestBy(key: string, { measures }: Measured): number[] | undefined {
  return measures.find((measure) => measure.key === key)?.best;
}

/** Which of the variants that took so long, in ms, are marked as the fastest. */
function fastest(...times: number[]): number[] | undefined {
  return bestBy("time", measuresOf(times.map((ms) => variant(ms))));
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

  it("is none where one of them was spared work by the cache, which is said", () => {
    const before = variant(100, { steps: [step("FROM", "cached"), step("RUN", "cached")] });
    const measured = measuresOf([before, variant(2000, { steps: [step("FROM", "cached"), step("RUN", "done")] })]);
    assert.deepEqual(bestBy("time", measured), []);
    assert.deepEqual(measured.fromCache, [before]);
    assert.deepEqual(measured.measures.find(({ key }) => key === "cache")?.values, [2, 1]);
    assert.deepEqual(bestBy("cache", measured), [], "who was built before is not the better one");
  });

  it("is not found by who had to fetch the base image for all", () => {
    const fetch = step("pull busybox", "done", { stage: "", durationMs: 3000 });
    const built = step("RUN", "done", { durationMs: 500 });
    const measured = measuresOf([variant(3500, { steps: [fetch, built] }), variant(510, { steps: [built] })]);
    assert.deepEqual(bestBy("time", measured), []);
    assert.equal(measured.fetched, true);
  });
});

describe("variants of the same text", () => {
  const of = (text: string, ms: number): Variant => {
    const { build, ...rest } = variant(ms);
    return { ...rest, build: { ...build!, text } };
  };

  it("are named, and none of them is better than another", () => {
    const [one, two] = [of("FROM a\nRUN b\n", 1000), of("FROM a\nRUN b", 2000)];
    const measured = measuresOf([one, two]);
    assert.deepEqual(bestBy("time", measured), []);
    assert.deepEqual(measured.twins, [[one, two]]);
  });

  it("are all the best if one is", () => {
    const others = [of("FROM a", 9000), of("FROM b", 1000)];
    const measured = measuresOf([of("FROM a", 500), ...others]);
    assert.deepEqual(bestBy("time", measured), [0, 1]);
    assert.deepEqual(measuresOf(others).twins, []);
  });
});

describe("the smallest variant", () => {
  it("is one whose size reads otherwise than the others'", () => {
    const smallest = (...sizes: number[]) => bestBy("size", measuresOf(sizes.map((size) => variant(1, { size }))));
    assert.deepEqual(smallest(4_000_000, 5_000_000), [0]);
    assert.deepEqual(smallest(4_350_100, 4_350_000), [], "both are 4.35 MB");
    assert.deepEqual(smallest(4_350_100, 4_350_000, 9_000_000), [0, 1]);
  });
});
