import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FileEntry } from "../../../server/contract/extension-api.ts";
import { restorable } from "./deleted-files.ts";
import { linesOf, visibleRows, withParents } from "./file-tree-model.ts";

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

  it("opens the directories that a file lies in, and nothing else", () => {
    assert.deepEqual([...withParents(new Set(["a"]), "docs/old/NOTES.md")], ["a", "docs/old", "docs"]);
    const open = new Set(["docs"]);
    assert.equal(withParents(open, "docs/NOTES.md"), open);
  });

  it("has a field for a name where something new will be, or in the place of what is renamed", () => {
    assert.deepEqual(words(linesOf(rows, undefined)), ["src", "src/main.py", "a.txt", "b.txt"]);
    assert.deepEqual(words(linesOf(rows, { kind: "file", directory: "src" })).slice(0, 2), ["src", "file at 1: "]);
    assert.equal(words(linesOf(rows, { kind: "directory", directory: "" }))[0], "directory at 0: ");
    assert.equal(words(linesOf(rows, { kind: "rename", path: "a.txt" }))[2], "file at 0: a.txt");
  });
});

describe("what is deleted", () => {
  const file = (path: string, more: Partial<FileEntry> = {}): FileEntry => ({
    path,
    kind: "file",
    size: 10,
    version: "1",
    executable: false,
    ...more,
  });
  const all = [
    file("src/deep/a"),
    file("src", { kind: "directory" }),
    file("src/deep", { kind: "directory" }),
    file("b\udcff"),
  ];

  it("can be brought back with all that is in it, outer directories first", () => {
    assert.deepEqual(
      restorable(all, "src")?.map(({ path }) => path),
      ["src", "src/deep", "src/deep/a"],
    );
    assert.deepEqual(
      restorable(all, "b\udcff")?.map(({ path }) => path),
      ["b\udcff"],
    );
  });

  it("cannot, where it is large, or more than plain files", () => {
    for (const other of [{ executable: true }, { kind: "symlink" as const }, { size: 5 << 20 }]) {
      assert.equal(restorable([...all, file("src/x", other)], "src"), undefined, JSON.stringify(other));
      assert.notEqual(restorable([...all, file("src2/x", other)], "src"), undefined, "beside it");
    }
  });
});
