import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { spreadDirectories } from "#engine/mount/spread.ts";

const base = mkdtempSync(join(tmpdir(), "dd-spread-"));
after(() => rmSync(base, { recursive: true, force: true }));
/** statfs(2): of ext2, ext3 and ext4 */
const isExt = statfsSync(base).type === 0xef53;

test("a directory is marked as one of unrelated directories, not those in it", (t) => {
  if (!isExt) {
    t.skip("the directory for temporary files is not on ext4");
    return;
  }
  assert.equal(spreadDirectories(base), true);
  assert.equal(spreadDirectories(base), true); // again
  mkdirSync(join(base, "below"));
  const flags = execFileSync("lsattr", ["-d", base, join(base, "below")], { encoding: "utf8" })
    .trim()
    .split("\n");
  assert.deepEqual(
    flags.map((line) => /^\S*/.exec(line)?.[0].includes("T")),
    [true, false],
  );
});

test("a file system without such marks is no failure, a missing directory or a file is", () => {
  assert.equal(spreadDirectories("/proc"), false);
  writeFileSync(join(base, "file"), "");
  assert.throws(() => spreadDirectories(join(base, "none")), { code: "not_found" });
  assert.throws(() => spreadDirectories(join(base, "file")), { code: "invalid_argument" });
});
