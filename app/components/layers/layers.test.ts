import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hexLine, looksOf, textOf } from "../../lib/file-content.ts";
import { rowsOf } from "./layer-rows.ts";
import { treemap } from "./treemap.ts";

describe("a treemap", () => {
  it("gives each item the area of its share, within the box, without overlaps", () => {
    const box = { width: 400, height: 100 };
    const weights = [600, 300, 200, 100, 50, 30, 20, 0];
    const tiles = treemap(weights, (weight) => weight, box);
    assert.equal(tiles.length, 7, "nothing has no tile");
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const { item, x, y, width, height } of tiles) {
      assert.ok(Math.abs(width * height - (item / total) * box.width * box.height) < 1e-6);
      assert.ok(x >= 0 && y >= 0 && x + width <= box.width + 1e-6 && y + height <= box.height + 1e-6);
    }
    for (const [index, a] of tiles.entries()) {
      for (const b of tiles.slice(index + 1)) {
        const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
        const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
        assert.ok(across < 1e-6 || down < 1e-6);
      }
    }
  });

  it("draws nothing of nothing", () => {
    assert.deepEqual(
      treemap([0, 0], (weight) => weight, { width: 10, height: 10 }),
      [],
    );
  });
});

describe("the content of a file", () => {
  it("is text only when it is UTF-8 without control characters; its last character may be cut where the rest is", () => {
    const cut = new TextEncoder().encode("Schiff ahoi ⛵").subarray(0, -1);
    assert.equal(textOf(cut, { cut: true }), "Schiff ahoi ");
    assert.equal(textOf(cut), undefined);
    assert.equal(textOf(new TextEncoder().encode("\tred: \u001b[31m\r\n")), "\tred: \u001b[31m\r\n");
    assert.equal(textOf(new Uint8Array([65, 0, 66])), undefined);
    assert.equal(textOf(new Uint8Array([0xff, 0xfe, 65])), undefined);
  });

  it("is a picture by its name, and bytes in any case", () => {
    assert.deepEqual(looksOf("/logo.svg", new TextEncoder().encode("<svg/>"), 6), ["image", "text", "hex"]);
    assert.deepEqual(looksOf("/logo.png", new Uint8Array([0, 1]), 99), ["hex"], "a cut picture cannot be shown");
    assert.deepEqual(looksOf("/a.constructor", new Uint8Array([65]), 1), ["text", "hex"]);
  });

  it("is written in lines of sixteen bytes", () => {
    const bytes = new TextEncoder().encode("0123456789abcdefXY\n");
    assert.equal(hexLine(bytes, 0), "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|");
    assert.match(hexLine(bytes, 1), /^00000010 {2}58 59 0a .*\|XY\.\|$/);
  });
});

describe("the rows of a tree of layers", () => {
  const entry = (name: string, kind: "file" | "directory") => ({
    name,
    kind,
    size: 1,
    layer: 0,
    mode: "rw-r--r--",
    uid: 0,
    gid: 0,
  });
  it("are the open directories' entries, deeper ones indented, with notes for what is missing", () => {
    const listings = new Map([
      ["/", { value: { path: "/", size: 2, omitted: 3, entries: [entry("etc", "directory"), entry("a", "file")] } }],
      ["/etc", {}],
    ]);
    const rows = rowsOf(listings, new Set(["/", "/etc"]));
    assert.deepEqual(
      rows.map(({ level, label, note }) => `${level} ${label}${note?.kind ?? ""}`),
      ["1 etc", "2 loading", "1 a", "1 omitted"],
    );
    assert.deepEqual(
      rows.map(({ open }) => open),
      [true, undefined, undefined, undefined],
    );
  });
});
