import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changedLines, lineDiff } from "./line-diff.ts";

describe("the difference of two texts", () => {
  it("is the lines that differ, with their numbers and three lines around them", () => {
    const before = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`);
    const after = before.with(9, "another").toSpliced(15, 0, "new");
    const diff = lineDiff(`${before.join("\n")}\n`, `${after.join("\n")}\n`);
    assert.ok(diff !== undefined);
    assert.deepEqual(
      diff.lines.filter(({ kind }) => kind !== "same"),
      [
        { kind: "gap", text: "" },
        { kind: "removed", text: "line 10", before: 10 },
        { kind: "added", text: "another", after: 10 },
        { kind: "added", text: "new", after: 16 },
      ],
    );
    assert.equal(diff.lines.filter(({ kind }) => kind === "same").length, 3 + 5 + 3);
    assert.equal(changedLines(diff), 2, "a replaced line counts once");
  });

  it("says that there is none, and gives up where nearly all differs", () => {
    assert.deepEqual(lineDiff("a\n", "a\n")?.lines, []);
    const many = (name: string) => Array.from({ length: 5000 }, (_, index) => `${name}${index}`).join("\n");
    assert.equal(lineDiff(many("a"), many("b")), undefined);
  });
});
