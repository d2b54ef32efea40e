import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Readable } from "node:stream";
import { applyLayer } from "#engine/diff/apply-layer.ts";
import { SplitWriter } from "#engine/diff/split.ts";
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
