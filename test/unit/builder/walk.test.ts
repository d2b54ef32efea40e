import assert from "node:assert/strict";
import { closeSync, constants, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { walk } from "#engine/builder/ops/walk.ts";
import { InvalidArgument } from "#engine/errdefs/errors.ts";
import { SafeRoot } from "#engine/mount/safe-path.ts";
import { mkdirat, openat } from "#engine/mount/libc.ts";

const base = mkdtempSync(join(tmpdir(), "dd-context-"));
after(() => rmSync(base, { recursive: true, force: true }));

const { signal } = new AbortController();

test("directories that were only walked for what might be in them are taken if something is", async () => {
  const tree = mkdtempSync(join(base, "tree-"));
  for (const path of ["a/b/kept", "a/c/not", "d/e/not", "kept", "not", "z/kept"]) {
    mkdirSync(join(tree, path, ".."), { recursive: true });
    writeFileSync(join(tree, path), "");
  }
  symlinkSync("kept", join(tree, "link"));
  using root = new SafeRoot(tree);
  const filter = { takes: (path: string) => /(^|\/)(kept|link)$/.test(path), enters: (path: string) => path !== "z" };
  const paths = async (top: string) => (await walk(root, top, filter, signal)).map(({ source }) => source);
  assert.deepEqual(await paths(""), ["", "a", "a/b", "a/b/kept", "kept", "link"]);
  assert.deepEqual(await paths("a"), ["a", "a/b", "a/b/kept"]);
  assert.deepEqual(await paths("d"), ["d"]);
  const link = (await walk(root, "", filter, signal)).find(({ path }) => path === "link");
  assert.equal(link?.link, "kept");
});

/** Deeper than any path may be long: made as a shell in a workspace makes it, step by step. */
function makeDeep(top: string, depth: number): void {
  let at = openat(-100, top, constants.O_DIRECTORY);
  for (let level = 0; level < depth; level++) {
    mkdirat(at, "d", 0o755);
    const below = openat(at, "d", constants.O_DIRECTORY);
    closeSync(at);
    at = below;
  }
  closeSync(at);
}

test("directories nested without end are refused, and few are held open on the way", async () => {
  const tree = mkdtempSync(join(base, "deep-"));
  makeDeep(tree, 5_000);
  const before = readdirSync("/proc/self/fd").length;
  let most = 0;
  const counting = {
    enters: () => true,
    takes: () => {
      most = Math.max(most, readdirSync("/proc/self/fd").length - before);
      return true;
    },
  };
  using root = new SafeRoot(tree);
  await assert.rejects(walk(root, "", counting, signal), InvalidArgument);
  assert.ok(most < 50, `${most} descriptors at once`);
});
