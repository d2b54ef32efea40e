import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAnsi } from "./ansi.ts";

/** Control characters, and what turns the direction of the text around. */
// eslint-disable-next-line no-control-regex
const unseen = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/;

const shown = (line: string): string =>
  parseAnsi(line)
    .map(({ text }) => text)
    .join("");

test("colours are kept, as classes of our own and nothing else", () => {
  assert.deepEqual(parseAnsi("a \u001B[1;31mred\u001B[0m b"), [
    { text: "a ", className: "" },
    { text: "red", className: "ansi-bold ansi-31" },
    { text: " b", className: "" },
  ]);
  for (const { className } of parseAnsi('\u001B[38;5;1"onload=alert(1);31mx')) assert.match(className, /^[a-z0-9 -]*$/);
});

test("what would write the title, the clipboard or over other lines of a terminal does nothing, cut off or whole", () => {
  for (const sequence of [
    "\u001B]0;title\u0007",
    "\u001B]52;c;c3RvbGVu\u0007",
    "\u001B]8;;http://evil.example\u001B\\link\u001B]8;;\u001B\\",
    "\u001B[2J\u001B[H",
    "\u001BP+q544e\u001B\\",
    "\u001B[6n",
    "\u009B31m",
    "\u001B",
    "\u001B[",
    "\u001B]52;c;c3RvbGVu",
    "\u202Egpj.exe",
    "\u0000\u0007\u0008",
  ]) {
    assert.doesNotMatch(shown(`before ${sequence} after`), unseen);
    assert.match(shown(`before ${sequence} after`), /^before .*after$/);
  }
});
