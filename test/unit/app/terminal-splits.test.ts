import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { besideOf, splitBeside, splitsOf } from "../../../app/components/terminals/terminal-splits.ts";

describe("terminals beside each other", () => {
  it("are split to the right of the one that is active, each in one group", () => {
    const two = splitBeside([], "a", "b");
    assert.deepEqual(two, [["a", "b"]]);
    const three = splitBeside(two, "a", "c");
    assert.deepEqual(three, [["a", "c", "b"]]);
    assert.deepEqual(splitBeside(three, "x", "y"), [
      ["a", "c", "b"],
      ["x", "y"],
    ]);
  });

  it("are seen together; one without others is seen alone", () => {
    assert.deepEqual(besideOf([["a", "b"]], "b"), ["a", "b"]);
    assert.deepEqual(besideOf([["a", "b"]], "c"), ["c"]);
    assert.deepEqual(besideOf([], undefined), []);
  });

  it("forget what is gone, and are no split when one is left", () => {
    const splits = [
      ["a", "b", "c"],
      ["x", "y"],
    ];
    assert.deepEqual(splitsOf(splits, new Set(["a", "c", "x"])), [["a", "c"]]);
  });
});
