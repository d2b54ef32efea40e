import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { baseImages, buildAndRun, oneImage, typeRedisCounter } from "./example-steps.ts";
import { missing, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

describe("the examples, through the page", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness(baseImages);
  });
  after(() => harness.close());

  for (const name of oneImage) it(name, () => buildAndRun(harness, name));

  it("redis-counter, with docker commands typed in the workstation", () => typeRedisCounter(harness));

  it("logs no error", () => {
    assert.deepEqual(harness.errors, []);
  });
});
