import assert from "node:assert/strict";
import { test } from "node:test";
import { firstToRead } from "./file-tree-model.ts";

test("a workspace opens with its Dockerfile; with what is said of it where there are several in directories", () => {
  for (const [paths, first] of [
    [["README.md", "Dockerfile", "app/x.js"], "Dockerfile"],
    [["README.md", "store/Dockerfile", "web/Dockerfile"], "README.md"],
    [["web/Dockerfile", "web/README.md"], "web/Dockerfile"],
    [["notes.txt"], "notes.txt"],
    [[], undefined],
  ] as const) {
    assert.equal(firstToRead(paths), first);
  }
});
