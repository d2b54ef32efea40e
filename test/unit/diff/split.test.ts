import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Readable } from "node:stream";
import { applyLayer } from "#engine/diff/apply-layer.ts";
import { joinSplit, SplitWriter } from "#engine/diff/split.ts";
import { NotFound } from "#engine/errdefs/errors.ts";
import { descriptors, newOwners } from "../../suites/descriptors.ts";

const directory = mkdtempSync(join(tmpdir(), "dd-split-"));
after(() => rmSync(directory, { recursive: true }));

test("one that could not be put in its place is dropped; what has its descriptor's number by then stays open", () => {
  const path = join(directory, "taken");
  mkdirSync(path);
  const split = new SplitWriter(path);
  assert.throws(() => split.commit());
  const others = newOwners();
  split.discard();
  assert.equal(others(), 8);
  assert.equal(existsSync(`${path}.tmp`), false);
});

test("where a split cannot be begun, nothing stays open of the layer", async () => {
  const dir = join(directory, "layer");
  mkdirSync(dir);
  const before = descriptors();
  const tree = { format: "overlay" as const, dir, parents: [] };
  const split = join(directory, "not-there", "split");
  await assert.rejects(applyLayer(tree, Readable.from([]), { split }), NotFound);
  assert.equal(descriptors(), before);
});

test("an archive comes back byte for byte, whatever its pieces are", () => {
  const dir = join(directory, "files");
  mkdirSync(dir);
  const path = join(directory, "whole");
  const split = new SplitWriter(path);
  const archive: Buffer[] = [];
  const raw = (bytes: Buffer) => {
    // Theirs during the call only.
    const lent = Buffer.from(bytes);
    split.raw(lent);
    lent.fill(0xff);
    archive.push(bytes);
  };
  for (const [index, length] of [1, 0, 511, 3 << 20, 512, 0, 70_000, 1 << 20, 7].entries()) {
    for (let i = 0; i < 400; i++) raw(Buffer.alloc(512, `${index} ${i}`));
    raw(Buffer.alloc(length, `piece ${index}`));
    const name = `file ${index} ${"é".repeat(index)}`;
    const content = Buffer.alloc(length + 1, name);
    writeFileSync(join(dir, name), content);
    split.content(name, content.length);
    archive.push(content);
  }
  raw(Buffer.alloc(1024));
  split.commit();
  assert.ok(Buffer.concat([...joinSplit(path, dir)]).equals(Buffer.concat(archive)));
  assert.ok(statSync(path).size < 100_000, "headers take little room");
});
