import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Trash } from "#engine/snapshots/trash.ts";

/** A trash with nothing in it, and `fill`, which makes a tree to throw away. */
function emptyTrash(t: TestContext) {
  const base = mkdtempSync(join(tmpdir(), "drydock-trash-"));
  t.after(() => rmSync(base, { recursive: true }));
  const errors: Error[] = [];
  const fill = (name: string): string => {
    const path = join(base, name);
    mkdirSync(path);
    writeFileSync(join(path, "file"), "content");
    return path;
  };
  const trash = new Trash(join(base, "trash"), (error) => errors.push(error));
  return { trash, errors, fill, left: () => [readdirSync(base), readdirSync(join(base, "trash"))].flat() };
}

test("what is discarded in the turn in which the trash was opened is deleted", async (t) => {
  const { trash, errors, fill, left } = emptyTrash(t);
  trash.discard(fill("leftover"));
  await trash.idle();
  assert.deepEqual(left(), ["trash"]);
  assert.deepEqual(errors, []);
});

test("what is discarded as the last of it has been deleted is deleted, too", async (t) => {
  const { trash, errors, fill, left } = emptyTrash(t);
  for (let round = 0; round < 5; round++) {
    trash.discard(fill(`first-${round}`));
    const done = trash.idle();
    for (let turn = 0; turn < round; turn++) await Promise.resolve();
    trash.discard(fill(`second-${round}`));
    await done.then(() => trash.discard(fill(`third-${round}`)));
    await trash.idle();
    assert.deepEqual(left(), ["trash"]);
  }
  assert.deepEqual(errors, []);
});
