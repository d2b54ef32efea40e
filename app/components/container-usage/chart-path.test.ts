import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chartPath, topOf } from "./chart-path.ts";

describe("a chart", () => {
  it("ends at a round number above all values", () => {
    assert.equal(topOf([3, 42, undefined], 1), 50);
    assert.equal(topOf([], 0.1), 0.2);
    assert.equal(topOf([100], 1), 200);
    assert.equal(topOf([70 * 2 ** 20], 2 ** 20, 2), 128 * 2 ** 20);
  });

  it("has its newest value at the right, and a gap where nothing was measured", () => {
    const { line, area } = chartPath([0, 10, undefined, 5], { places: 5, top: 10, width: 100, height: 40 });
    assert.equal(line, "M25 40L50 0M100 20");
    assert.equal(area, "M25 40L25 40L50 0L50 40ZM100 40L100 20L100 40Z");
  });
});
