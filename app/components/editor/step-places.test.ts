import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { BuildStep } from "../build/build-state.ts";
import { placesOf } from "./step-places.ts";
import { parseDockerfile } from "../../../server/engine/builder/dockerfile/parser.ts";

const golden = join(import.meta.dirname, "../../../test/golden/dockerfile");

/** The steps of its build, by their order: s0, s1, … */
function stepsOf(text: string): BuildStep[] {
  const { stages } = parseDockerfile(text, "Dockerfile");
  return stages
    .flatMap(({ from, instructions }) => [from, ...instructions])
    .map(({ text: instruction, range }, index) => {
      const vertex = { id: `s${index}`, name: "", instruction, stage: "0", range, inputs: [] };
      return { vertex, state: "done", truncated: 0 } as unknown as BuildStep;
    });
}

const linesOf = (text: string): string[] => text.split(/\r?\n/);
/** `s1 3`: the step's id, and its line now. */
const now = (built: string, text: string): string[] =>
  [...placesOf(linesOf(text), stepsOf(built))].map(([id, { startLine }]) => `${id} ${startLine}`).toSorted();

describe("where a build's instructions are in a text", () => {
  it("finds each where it is written, however it is written", () => {
    let found = 0;
    for (const file of globSync(join(golden, "*/Dockerfile"))) {
      const text = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
      const failed = JSON.parse(readFileSync(join(file, "../expected.json"), "utf8")) as { error?: string };
      if (failed.error !== undefined || existsSync(join(file, "../Dockerfile.b64"))) continue;
      const steps = stepsOf(text);
      const places = placesOf(linesOf(text), steps);
      for (const { vertex } of steps) {
        assert.deepEqual(places.get(vertex.id), vertex.range, `${file}: ${vertex.instruction}`);
        found++;
      }
    }
    assert.ok(found > 300, `${found} instructions`);
  });

  const built = "FROM busybox\nRUN one \\\n  && two\nRUN one\nRUN one\nCOPY <<E /f\nold\nE\n";

  it("goes with an instruction that has moved, and not with one that is changed or gone", () => {
    assert.deepEqual(now(built, `# first\n\n${built}`), ["s0 3", "s1 4", "s2 6", "s3 7", "s4 8"]);
    assert.deepEqual(now(built, built.replace("two", "three")), ["s0 1", "s2 4", "s3 5", "s4 6"]);
    assert.deepEqual(now(built, built.replace("&& two\nRUN one\n", "&& two\n")), ["s0 1", "s1 2", "s2 4", "s4 5"]);
    assert.deepEqual(now(built, built.replace("old", "new")), ["s0 1", "s1 2", "s2 4", "s3 5", "s4 6"]);
    assert.deepEqual(now(built, "FROM scratch\nCMD x\n"), []);
  });
});
