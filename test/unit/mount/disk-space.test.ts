import assert from "node:assert/strict";
import { statfsSync } from "node:fs";
import { test } from "node:test";
import { diskSpace } from "../../../server/engine/mount/disk-space.ts";

test("space is told in bytes; a file system that counts no inodes has room for as many as one likes", () => {
  const { blocks, bsize } = statfsSync(import.meta.dirname);
  const { size, free, freeForRoot } = diskSpace(import.meta.dirname);
  assert.equal(size, blocks * bsize);
  assert.ok(free <= freeForRoot && freeForRoot <= size, `${free} of ${freeForRoot} of ${size}`);
  assert.deepEqual(diskSpace("/proc"), { size: 0, free: 0, freeForRoot: 0, freeInodes: Infinity });
  assert.throws(() => diskSpace("/no/such/directory"), { code: "ENOENT" });
});
