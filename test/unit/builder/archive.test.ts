import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { extractArchive } from "#engine/builder/ops/archive.ts";
import { NotFound } from "#engine/errdefs/errors.ts";
import { SafeRoot } from "#engine/mount/safe-path.ts";
import { descriptors } from "../../suites/descriptors.ts";

const directory = mkdtempSync(join(tmpdir(), "dd-add-"));
after(() => rmSync(directory, { recursive: true }));

test("an archive that has nowhere to go is not left open", async () => {
  mkdirSync(join(directory, "image"));
  writeFileSync(join(directory, "a.tar"), "");
  using root = new SafeRoot(directory);
  using image = new SafeRoot(join(directory, "image"));
  const entry = { source: "a.tar", path: "", stat: root.lstat("a.tar"), link: undefined };
  const options = { directory: "/gone", owner: undefined, signal: new AbortController().signal };
  const before = descriptors();
  await assert.rejects(extractArchive(root, entry, image, options), NotFound);
  for (let turn = 0; turn < 10; turn++) await setImmediate();
  assert.equal(descriptors(), before);
});
