import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StepEvidence, StepRecord } from "#contract/build-record.ts";
import { adviceFor } from "./advice.ts";

function step(id: string, instruction: string, evidence?: StepEvidence): StepRecord {
  const ran = evidence === undefined ? {} : { evidence };
  return { id, stage: "stage-0", index: 0, instruction, outcome: "ran", shells: [], ...ran };
}

const changed = (...paths: string[]): StepEvidence => ({
  files: paths.map((path) => ({ path, before: "1", after: "2" })),
});

describe("what would have kept a step in the cache", () => {
  it("is to copy the manifests alone, where what an installer reads did not change", () => {
    const copy = step("1", "COPY . .", changed("src/index.js"));
    const install = step("2", "RUN npm ci", { parents: ["1"] });
    const record = { steps: [copy, install] };
    const expected = [{ kind: "manifests", copy: "COPY . .", install: "RUN npm ci", manifests: "package*.json" }];
    assert.deepEqual(adviceFor(copy, record), expected);
    assert.deepEqual(adviceFor(install, record), expected);
  });

  it("is nothing where the installer had to run", () => {
    const copy = step("1", "COPY . .", changed("src/index.js", "package.json"));
    const install = step("2", "RUN npm ci", { parents: ["1"] });
    assert.deepEqual(adviceFor(copy, { steps: [copy, install] }), []);
  });

  it("is .dockerignore for what no image needs, and the order for steps that only came after", () => {
    const copy = step("1", "COPY . .", changed("README.md", ".git/index"));
    const other = step("2", "RUN true", { parents: ["1"] });
    const far = step("3", "RUN false", { parents: ["2"] });
    const record = { steps: [copy, other, far] };
    assert.deepEqual(adviceFor(copy, record), [{ kind: "ignore", paths: ["README.md", ".git/index"] }]);
    assert.deepEqual(adviceFor(far, record), [{ kind: "above", copy: "COPY . ." }]);
  });

  it("counts what ran again below an instruction that changed, and is silent for the last one", () => {
    const edited = step("1", "RUN make", { instruction: { before: "RUN mak", after: "RUN make" } });
    const below = step("2", "RUN strip app", { parents: ["1"] });
    assert.deepEqual(adviceFor(edited, { steps: [edited, below] }), [{ kind: "late", below: 1 }]);
    assert.deepEqual(adviceFor(edited, { steps: [edited] }), []);
    assert.deepEqual(adviceFor({ ...below, outcome: "cached" }, { steps: [edited, below] }), []);
  });
});
