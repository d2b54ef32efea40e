import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, constants, linkSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { mkdirat, openat } from "#engine/mount/libc.ts";
import { diskUsage } from "#engine/snapshots/disk-usage.ts";
import { descriptors } from "../../suites/descriptors.ts";

const base = mkdtempSync(join(tmpdir(), "dd-usage-"));
after(() => void spawnSync("rm", ["-rf", base]));

test("everything beneath a directory counts once, links for themselves; what is ignored has no contents", async () => {
  const tree = join(base, "tree");
  mkdirSync(join(tree, "a/b"), { recursive: true });
  writeFileSync(join(tree, "a/file"), "x".repeat(5_000));
  linkSync(join(tree, "a/file"), join(tree, "a/b/again"));
  writeFileSync(join(tree, "laid"), "yy");
  symlinkSync("/", join(tree, "out"));
  const { bytes, inodes, contents } = await diskUsage(tree, ["laid"]);
  const [blocks = ""] = spawnSync("du", ["-s", "--block-size=512", tree], { encoding: "utf8" }).stdout.split("\t");
  assert.deepEqual([inodes, contents, bytes], [6, 5_000 + 1, Number(blocks) * 512]);
  assert.deepEqual(await diskUsage(join(base, "none")), { bytes: 0, inodes: 0, contents: 0 });
});

/** As a shell makes it, step by step: deeper than any path is long. @returns the last directory, open */
function nest(name: string, levels: number): number {
  const top = mkdtempSync(join(base, "deep-"));
  let at = openat(-100, top, constants.O_DIRECTORY);
  for (let level = 0; level < levels; level++) {
    mkdirat(at, name, 0o755);
    const below = openat(at, name, constants.O_DIRECTORY);
    closeSync(at);
    at = below;
  }
  writeFileSync(`/proc/self/fd/${at}/last`, "z".repeat(100_000));
  closeSync(at);
  nested = top;
  return at;
}
let nested = "";

test("a tree is counted to its end however deep it is, and no descriptor is left", async () => {
  for (const [name, levels] of [
    ["n", 5_000],
    ["d".repeat(200), 300],
    ["ü".repeat(100), 100],
  ] as const) {
    nest(name, levels);
    const before = descriptors();
    const { inodes, contents } = await diskUsage(nested);
    assert.deepEqual([inodes, contents], [levels + 2, 100_000], name);
    assert.equal(descriptors(), before);
  }
});

test("one that goes on beneath all that is looked at counts as more than anybody may have", async () => {
  nest("d".repeat(255), 2_200);
  assert.ok((await diskUsage(nested)).inodes > 1e9);
});
