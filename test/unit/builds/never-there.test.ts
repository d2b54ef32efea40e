import assert from "node:assert/strict";
import { test } from "node:test";
import { neverThere } from "#engine/builds/step-shells.ts";

test("why a step has no file system: it runs, begins, was not needed, or was not reached", () => {
  const step = (instruction: string, outcome: Parameters<typeof neverThere>[0]["outcome"]) => ({
    instruction,
    outcome,
  });
  assert.match(neverThere(step("RUN a", "running"), "after"), /^"RUN a" still runs: .* after it yet$/);
  assert.match(neverThere(step("FROM a", "cached"), "before"), /^"FROM a" begins its stage: .* before it$/);
  assert.match(
    neverThere(step("RUN a", "cached"), "before"),
    /^"RUN a" was not needed: .* before it, .* imported cache$/,
  );
  assert.match(neverThere(step("RUN a", "not-reached"), "after"), /^"RUN a" was not reached: .* after it$/);
});
