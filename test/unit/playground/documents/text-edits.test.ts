import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as Y from "yjs";
import { editText } from "../../../../server/playground/documents/text-edits.ts";

function edited(before: string, after: string): { text: string; changed: number } {
  const document = new Y.Doc();
  const text = document.getText("text");
  text.insert(0, before);
  let changed = 0;
  text.observe(({ delta }) => {
    for (const { insert, delete: removed } of delta)
      changed += (typeof insert === "string" ? insert.length : 0) + (removed ?? 0);
  });
  editText(text, after);
  return { text: text.toString(), changed };
}

describe("the edits from one text to another", () => {
  it("lead there, and touch little else", () => {
    for (const [before, after, most] of [
      ["", "new\n", 4],
      ["gone\n", "", 5],
      ["one\ntwo\nthree\n", "ONE\ntwo\nthree!\n", 7],
      ["a\nb\nc\n", "c\nb\na\n", 8],
      ["same", "same", 0],
      ["x = 1", "x = 12", 1],
      ["a\r\nb\r\n", "a\nb\n", 6],
      ["😀", "😁", 4],
      ["aaa", "aa", 1],
      ["no newline", "no newline\n", 1],
    ] as const) {
      const { text, changed } = edited(before, after);
      assert.equal(text, after);
      assert.ok(changed <= most, `${JSON.stringify(before)} to ${JSON.stringify(after)}: ${changed} characters`);
    }
  });

  it("are one when the texts have little in common", () => {
    const before = Array.from({ length: 4000 }, (_, line) => `a${line}\n`).join("");
    const after = Array.from({ length: 4000 }, (_, line) => `b${line}\n`).join("");
    assert.equal(edited(before, after).text, after);
  });
});
