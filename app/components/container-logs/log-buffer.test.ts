import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LogBuffer, shownLines } from "./log-buffer.ts";

describe("the log of a container", () => {
  it("puts pieces of lines together, and keeps the time of each line's beginning", () => {
    const log = new LogBuffer();
    log.append("one\ntw", 1);
    log.append("o\n\nthree", 2);
    assert.deepEqual(log.lines, [
      { time: 1, text: "one" },
      { time: 1, text: "two" },
      { time: 2, text: "" },
      { time: 2, text: "three" },
    ]);
  });

  it("forgets the oldest lines, and counts them", () => {
    const log = new LogBuffer(8);
    for (let line = 0; line < 100; line++) log.append(`${line}\n`, line);
    assert.ok(log.lines.length <= 10);
    assert.equal(log.lines.at(-1)?.text, "99");
    assert.equal(log.dropped + log.lines.length, 100);
  });

  it("shows the lines that have a text in them, with the time of day if wanted", () => {
    const lines = [
      { time: 0, text: "GET /index.html" },
      { time: 1500, text: "ready" },
    ];
    assert.deepEqual(shownLines(lines, "get", false), ["GET /index.html"]);
    assert.match(shownLines(lines, "", true)[1] ?? "", /\d\d:\d\d:01\.500.* ready$/);
  });
});
