import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { AT_FDCWD } from "#engine/mount/libc.ts";
import { fstat, lstatAt, statOf } from "#engine/mount/safe-stat.ts";

const base = mkdtempSync(join(tmpdir(), "dd-stat-"));
after(() => rmSync(base, { recursive: true, force: true }));

const file = join(base, "file");
writeFileSync(file, "x".repeat(5000), { mode: 0o754 });
linkSync(file, join(base, "again"));
truncateSync(join(base, "again"), 5_000_000_000);
utimesSync(file, new Date(1_250), new Date(-3_500)); // before 1970
symlinkSync("/nowhere/at/all", join(base, "link"));
execFileSync("mkfifo", [join(base, "fifo")]);

test("what the kernel tells of a file is what node makes of it", () => {
  const paths = ["file", "again", "link", "fifo", "."].map((name) => join(base, name));
  for (const path of [...paths, "/dev/null", "/dev/ptmx", "/proc/self/status", "/"]) {
    assert.deepEqual(lstatAt(AT_FDCWD, path), statOf(lstatSync(path, { bigint: true })), path);
  }
  assert.equal(lstatAt(AT_FDCWD, file).mtimeNs, -3_500_000_000n);
});

test("of an open file, and of a name in an open directory", () => {
  const fd = openSync(file, "r");
  const directory = openSync(base, "r");
  try {
    assert.deepEqual(fstat(fd), lstatAt(directory, "file"));
    assert.equal(fstat(directory).kind, "directory");
    assert.equal(lstatAt(directory, "link").kind, "symlink");
    assert.throws(() => lstatAt(directory, "none"), { code: "ENOENT" });
    assert.throws(() => lstatAt(fd, "below"), { code: "ENOTDIR" });
  } finally {
    closeSync(fd);
    closeSync(directory);
  }
  assert.throws(() => fstat(-1), { code: "EBADF" });
});
