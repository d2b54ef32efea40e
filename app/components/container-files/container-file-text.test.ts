/** A textarea ends all lines alike: a container's file keeps the ends that it had. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { classify, editedText } from "./file-bytes.ts";

/** As a textarea has it. */
const inTextarea = (text: string): string => text.replaceAll(/\r\n?/g, "\n");

describe("a container's file whose lines do not end as ours", () => {
  for (const [name, before, edit, after] of [
    ["all otherwise", "one\r\ntwo\r\n", ["two", "2\n3"], "one\r\n2\r\n3\r\n"],
    ["some otherwise", "one\ntwo\r\nthree\rfour", ["three", "3"], "one\ntwo\r\n3\rfour"],
    ["as ours", "one\ntwo\n", ["two", "2"], "one\n2\n"],
    ["deleted ones", "one\r\ntwo\r\nthree\r\n", ["two\n", ""], "one\r\nthree\r\n"],
  ] as const) {
    it(`keeps them: ${name}`, () => {
      assert.equal(editedText(before, inTextarea(before).replace(edit[0], edit[1])), after);
    });
  }

  it("keeps the mark at its beginning", () => {
    const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0x61]);
    const shown = classify("a.txt", bytes);
    assert.deepEqual(new TextEncoder().encode(shown.kind === "text" ? shown.text : ""), bytes);
  });
});
