import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { OutputRing } from "#engine/terminals/output-ring.ts";
import { newOwners } from "../../suites/descriptors.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "drydock-ring-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function readAll(ring: OutputRing, from: number): { offset: number; text: string } {
  const first = ring.read(from);
  let text = "";
  let at = first.offset;
  for (let piece = first; piece.bytes.length > 0; piece = ring.read(at)) {
    text += piece.bytes.toString();
    at += piece.bytes.length;
  }
  return { offset: first.offset, text };
}

describe("output ring", () => {
  it("keeps the last bytes under absolute offsets, also after a restart", () => {
    const path = join(directory, "ring");
    const ring = new OutputRing(path, 10);
    ring.append(Buffer.from("abcdef"));
    assert.deepEqual(readAll(ring, 0), { offset: 0, text: "abcdef" });
    ring.append(Buffer.from("ghijkl"));
    assert.deepEqual(readAll(ring, 0), { offset: 2, text: "cdefghijkl" });
    assert.deepEqual(readAll(ring, 9), { offset: 9, text: "jkl" });
    assert.deepEqual(readAll(ring, 99), { offset: 12, text: "" });
    const again = new OutputRing(path, 10);
    assert.equal(again.end, 12);
    again.append(Buffer.from("0123456789ABCDEF"));
    assert.deepEqual(readAll(again, 0), { offset: 18, text: "6789ABCDEF" });
    assert.ok(statSync(path).size <= 26);
    ring.remove();
  });

  it("touches nobody's file once it is removed, also when that is asked for twice or somebody still reads", () => {
    const ring = new OutputRing(join(directory, "ring"), 100);
    ring.append(Buffer.from("a learner's own"));
    ring.remove();
    const others = newOwners();
    assert.equal(ring.read(0).bytes.length, 0);
    ring.append(Buffer.from("late"));
    ring.remove();
    assert.equal(others(), 8);
  });
});
