import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareFiles } from "./file-changes.ts";

describe("what changed between two versions", () => {
  const file = (path: string, content: string, encoding: "utf8" | "base64" = "utf8") => ({
    path,
    content,
    encoding,
    executable: false,
  });

  it("is told file by file, with the lines around", () => {
    const before = [file("Dockerfile", "FROM a\nRUN one\nRUN two\n"), file("gone", "x\n"), file("same", "y")];
    const after = [file("Dockerfile", "FROM a\nRUN 1\nRUN two\n"), file("new", "z\n"), file("same", "y")];
    const changes = compareFiles(before, after);
    assert.deepEqual(
      changes.map(({ path, kind, added, removed }) => [path, kind, added, removed]),
      [
        ["Dockerfile", "changed", 1, 1],
        ["gone", "removed", 0, 1],
        ["new", "added", 1, 0],
      ],
    );
    assert.deepEqual(changes[0]?.lines, [
      { kind: "same", text: "FROM a" },
      { kind: "removed", text: "RUN one" },
      { kind: "added", text: "RUN 1" },
      { kind: "same", text: "RUN two" },
    ]);
  });

  it("has no lines of what is no text", () => {
    assert.equal(compareFiles([file("a", "AAAA", "base64")], [file("a", "AAAB", "base64")])[0]?.lines, undefined);
  });
});
