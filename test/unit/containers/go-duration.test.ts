import assert from "node:assert/strict";
import { test } from "node:test";
import { goDuration } from "../../../server/engine/containers/go-duration.ts";

test("times are written as Go writes them", () => {
  const cases: [number, string][] = [
    [1_000, "1s"],
    [1_500, "1.5s"],
    [250, "250ms"],
    [0.5, "500µs"],
    [60_000, "1m0s"],
    [3_661_000, "1h1m1s"],
  ];
  for (const [ms, text] of cases) assert.equal(goDuration(ms), text);
});
