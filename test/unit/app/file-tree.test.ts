import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FileEntry } from "../../../server/contract/extension-api.ts";
import { linesOf, visibleRows } from "../../../app/components/files/file-tree-model.ts";

const entry = (path: string, kind: FileEntry["kind"] = "file"): FileEntry => ({ path, kind }) as FileEntry;
const entries = [entry("b.txt"), entry("src", "directory"), entry("src/main.py"), entry("a.txt")];

describe("the tree of files", () => {
  const rows = visibleRows(entries, new Set(["src"]));
  const words = (lines: ReturnType<typeof linesOf>): string[] =>
    lines.map(({ row, name }) => row?.entry.path ?? `${name?.kind} at ${name?.depth}: ${name?.initial}`);

  it("has directories first, what is in them beneath, and each row's place among its own", () => {
    assert.deepEqual(
      rows.map(({ entry: { path }, depth, place, beside }) => [path, depth, place, beside]),
      [
        ["src", 0, 1, 3],
        ["src/main.py", 1, 1, 1],
        ["a.txt", 0, 2, 3],
        ["b.txt", 0, 3, 3],
      ],
    );
  });

  it("has a field for a name where something new will be, or in the place of what is renamed", () => {
    assert.deepEqual(words(linesOf(rows, undefined)), ["src", "src/main.py", "a.txt", "b.txt"]);
    assert.deepEqual(words(linesOf(rows, { kind: "file", directory: "src" })).slice(0, 2), ["src", "file at 1: "]);
    assert.equal(words(linesOf(rows, { kind: "directory", directory: "" }))[0], "directory at 0: ");
    assert.equal(words(linesOf(rows, { kind: "rename", path: "a.txt" }))[2], "file at 0: a.txt");
  });
});
