import assert from "node:assert/strict";
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { Conflict } from "#engine/errdefs/errors.ts";
import { type WalkEntry, walkTree } from "#engine/diff/tree-walk.ts";

const base = mkdtempSync(join(tmpdir(), "dd-walk-"));
after(() => rmSync(base, { recursive: true }));

/** Each level has a directory, and a file after it. */
const depth = 300;
const levelPath = (level: number): string => Array.from({ length: level }, () => "d").join("/");
let tree = "";
beforeEach(() => {
  tree = mkdtempSync(join(base, "tree-"));
  mkdirSync(join(tree, levelPath(depth)), { recursive: true });
  for (let level = 0; level <= depth; level++) writeFileSync(join(tree, levelPath(level), "file"), "");
});

function open<T>(walk: (root: number) => T): T {
  const root = openSync(tree, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return walk(root);
  } finally {
    closeSync(root);
  }
}

/** Without the pauses. */
function* found(root: number): Generator<WalkEntry> {
  for (const entry of walkTree(root)) if (entry !== undefined) yield entry;
}

const descriptors = () => readdirSync("/proc/self/fd").length;

test("a deep tree is walked whole, in order, with few descriptors, and none is left", () => {
  open((root) => {
    const before = descriptors();
    let most = 0;
    const paths: string[] = [];
    for (const { path } of found(root)) {
      paths.push(path);
      most = Math.max(most, descriptors() - before);
    }
    const down = Array.from({ length: depth }, (_, level) => levelPath(level + 1));
    const up = Array.from({ length: depth + 1 }, (_, level) =>
      [...down.slice(0, depth - level).slice(-1), "file"].join("/"),
    );
    assert.deepEqual(paths, [...down, ...up]);
    assert.ok(most < 40, `${most} descriptors at once`);
    assert.equal(descriptors(), before);
  });
});

test("who stops in the middle leaves no descriptor open", () => {
  open((root) => {
    const before = descriptors();
    for (const { path } of found(root)) if (path === levelPath(200)) break;
    assert.equal(descriptors(), before);
  });
});

test("a directory that is moved elsewhere while it is read leads nowhere", () => {
  const outside = mkdtempSync(join(base, "outside-"));
  writeFileSync(join(outside, "secret"), "");
  writeFileSync(join(outside, "zzz"), "");
  const seen: string[] = [];
  open((root) => {
    const before = descriptors();
    assert.throws(() => {
      for (const { path, name } of found(root)) {
        seen.push(name);
        if (path === levelPath(depth)) renameSync(join(tree, levelPath(100)), join(outside, "d"));
      }
    }, Conflict);
    assert.equal(descriptors(), before);
  });
  assert.ok(seen.length > depth && !seen.includes("secret") && !seen.includes("zzz"));
});

test("a directory of many names is read in pieces, and walked in order", () => {
  const names = Array.from({ length: 3_500 }, (_, index) => `n${(index * 7919) % 3_500}`);
  rmSync(tree, { recursive: true });
  mkdirSync(tree);
  for (const name of names) writeFileSync(join(tree, name), "");
  open((root) => {
    const before = descriptors();
    const steps = [...walkTree(root)].map((entry) => entry?.name);
    const first = steps.findIndex((name) => name !== undefined);
    assert.equal(first, 3, "a pause after each thousand");
    assert.deepEqual(
      steps.slice(first),
      // oxlint-disable-next-line typescript/require-array-sort-compare
      names.toSorted(),
    );
    const left = walkTree(root);
    left.next();
    left.return(undefined);
    assert.equal(descriptors(), before, "who stops in between leaves nothing open");
  });
});
