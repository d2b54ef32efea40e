import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LogBuffer, shownLines } from "../../../app/components/container-logs/log-buffer.ts";
import { chartPath, topOf } from "../../../app/components/container-usage/chart-path.ts";
import {
  classify,
  hexLines,
  joinPath,
  modeText,
  parentOf,
} from "../../../app/components/container-files/file-bytes.ts";
import { filterJson } from "../../../app/components/inspect/filter-json.ts";

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

describe("a chart", () => {
  it("ends at a round number above all values", () => {
    assert.equal(topOf([3, 42, undefined], 1), 50);
    assert.equal(topOf([], 0.1), 0.2);
    assert.equal(topOf([100], 1), 200);
    assert.equal(topOf([70 * 2 ** 20], 2 ** 20, 2), 128 * 2 ** 20);
  });

  it("has its newest value at the right, and a gap where nothing was measured", () => {
    const { line, area } = chartPath([0, 10, undefined, 5], { places: 5, top: 10, width: 100, height: 40 });
    assert.equal(line, "M25 40L50 0M100 20");
    assert.equal(area, "M25 40L25 40L50 0L50 40ZM100 40L100 20L100 40Z");
  });
});

describe("a file of a container", () => {
  const bytes = (text: string) => new Uint8Array(new TextEncoder().encode(text));

  it("is text, a picture by its name, or bytes", () => {
    assert.deepEqual(classify("a.svg", bytes("<svg/>")), { kind: "text", text: "<svg/>" });
    assert.deepEqual(classify("a.PNG", bytes("x")), { kind: "image", type: "image/png" });
    assert.equal(classify("ls", bytes("\u007FELF\u0000")).kind, "hex");
    assert.equal(classify("latin1", new Uint8Array([0x66, 0xfc, 0x72])).kind, "hex");
  });

  it("has its bytes sixteen a line", () => {
    const [first, second] = hexLines(bytes("0123456789abcdef\n"));
    assert.equal(first, "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|");
    assert.match(second ?? "", /^00000010 {2}0a +\|\.\|$/);
  });

  it("has the mode that ls shows, and its place", () => {
    assert.equal(modeText(0o755), "rwxr-xr-x");
    assert.equal(modeText(0o4755), "rwsr-xr-x");
    assert.equal(modeText(0o1777), "rwxrwxrwt");
    assert.equal(modeText(0o2640), "rw-r-S---");
    assert.equal(joinPath("/", "etc"), "/etc");
    assert.equal(joinPath("/etc", "passwd"), "/etc/passwd");
    assert.equal(parentOf("/etc/passwd"), "/etc");
    assert.equal(parentOf("/etc"), "/");
  });
});

describe("searching in JSON", () => {
  it("keeps the way to what has the text, whole where a key has it", () => {
    const value = { Id: "abc", State: { Running: true, Pid: 7 }, Mounts: [{ Name: "data" }, { Name: "other" }] };
    assert.deepEqual(filterJson(value, "data"), { Mounts: [{ Name: "data" }] });
    assert.deepEqual(filterJson(value, "state"), { State: { Running: true, Pid: 7 } });
    assert.equal(filterJson(value, "nowhere"), undefined);
    assert.equal(filterJson(value, " "), value);
  });
});
