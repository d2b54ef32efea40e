import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { besideOf, mostBeside, splitAgain, splitBeside, splitsOf } from "./terminal-splits.ts";

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

  it("come back where they were, as far as the others are there and there is room", () => {
    const before = [["a", "b", "c"]];
    const there = new Set(["a", "b", "c", "d", "e"]);
    assert.deepEqual(splitAgain([["a", "c"]], before, "b", there), [["a", "b", "c"]]);
    assert.deepEqual(splitAgain([["b", "c"]], before, "a", there), before);
    assert.deepEqual(splitAgain([["a", "b", "d"]], before, "c", there), [["a", "b", "d", "c"]]);
    assert.deepEqual(splitAgain([], before, "c", new Set(["b"])), [["b", "c"]]);
    assert.deepEqual(splitAgain([], before, "c", new Set(["d"])), []);
    const full = [["a", "b", "d", "e"]];
    assert.equal(full[0]?.length, mostBeside);
    assert.deepEqual(splitAgain(full, before, "c", there), full);
    assert.deepEqual(splitAgain([["x", "y"]], [["x", "y"]], "d", there), [["x", "y"]], "it was alone");
  });
});
