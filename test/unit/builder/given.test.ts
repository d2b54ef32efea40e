/** What a build that goes on from a shell takes as it is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlannedStep } from "#engine/builder/lower/stage-state.ts";
import type { BuildResult } from "#engine/builder/ops/result.ts";
import { checkGiven, givenOf } from "#engine/builder/records/given.ts";
import type { HandWork } from "#engine/builder/records/build-records.ts";
import type { Vertex } from "#engine/builder/solver/types.ts";
import type { LayerID } from "#engine/layers/layer-store.ts";
import type { Digest } from "#engine/oci/digest.ts";

type Node = Vertex<BuildResult>;
const vertex = (name: string, ...inputs: Node[]): Node => ({ digest: name as Digest, inputs }) as unknown as Node;
const step = (made: Node): PlannedStep => ({ id: made.digest, vertex: made }) as unknown as PlannedStep;
const work = (name: string): HandWork => ({ vertex: name as Digest, step: name, layers: [] });
const layersOf = (...names: string[]) => new Map(names.map((name) => [name as Digest, `of ${name}` as LayerID]));

/** Two stages from one base; the last step copies from both. */
const base = vertex("base");
const tool = vertex("tool", base);
const made = vertex("made", tool);
const start = vertex("start", base);
const end = vertex("end", start, made);
const steps = [base, tool, made, start, end].map(step);
const all = layersOf("base", "tool", "made", "start", "end");

function takenFor(...byHand: string[]): { byHand: string[]; beneath: string[] } {
  const given = givenOf({ byHand: byHand.map(work), before: all }, steps, end);
  return { byHand: [...given.byHand.keys()], beneath: given.beneath.map(({ layer }) => layer) };
}

test("what was changed stands on what was made then, but for what others need as well", () => {
  assert.deepEqual(takenFor("made"), { byHand: ["made"], beneath: ["of tool"] });
  assert.deepEqual(takenFor("start"), { byHand: ["start"], beneath: [] });
});

test("earlier work by hand is kept where the shell stood on it, and only there", () => {
  assert.deepEqual(takenFor("tool", "made").byHand, ["tool", "made"]);
  assert.deepEqual(takenFor("start", "made").byHand, ["made"]);
});

test("a build that was not resumed is given nothing, and one of another Dockerfile is refused", () => {
  assert.deepEqual(givenOf(undefined, steps, end), { byHand: new Map(), beneath: [] });
  const resumed = { byHand: [work("gone")], before: all };
  assert.throws(() => checkGiven(resumed, givenOf(resumed, steps, end)), /what comes before the step was changed/);
});
