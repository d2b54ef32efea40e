import assert from "node:assert/strict";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ioctl } from "#engine/mount/libc.ts";
import { spreadDirectories } from "#engine/mount/spread.ts";

const base = mkdtempSync(join(tmpdir(), "dd-spread-"));
after(() => rmSync(base, { recursive: true, force: true }));
/** statfs(2): of ext2, ext3 and ext4 */
const isExt = statfsSync(base).type === 0xef53;

/** ioctl_iflags(2): FS_IOC_GETFLAGS, FS_TOPDIR_FL */
function isMarked(directory: string): boolean {
  const fd = openSync(directory, "r");
  try {
    const flags = Buffer.alloc(8);
    assert.equal(ioctl(fd, 0x80086601, flags), 0);
    return (flags.readUInt32LE() & 0x20000) !== 0;
  } finally {
    closeSync(fd);
  }
}

test("a directory is marked as one of unrelated directories, not those in it", (t) => {
  if (!isExt) {
    t.skip("the directory for temporary files is not on ext4");
    return;
  }
  assert.equal(spreadDirectories(base), true);
  assert.equal(spreadDirectories(base), true); // again
  mkdirSync(join(base, "below"));
  assert.deepEqual([isMarked(base), isMarked(join(base, "below"))], [true, false]);
});

test("a file system without such marks is no failure, a missing directory or a file is", () => {
  assert.equal(spreadDirectories("/proc"), false);
  writeFileSync(join(base, "file"), "");
  assert.throws(() => spreadDirectories(join(base, "none")), { code: "not_found" });
  assert.throws(() => spreadDirectories(join(base, "file")), { code: "invalid_argument" });
});
