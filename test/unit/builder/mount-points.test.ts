import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MountPoints } from "#engine/builder/ops/mount-points.ts";
import { currentTime, nobodysTime, type ThreadTime } from "#engine/concurrency/thread-time.ts";
import { SafeRoot } from "#engine/mount/safe-path.ts";

test("the place of a step's mount, a thousand directories deep, is looked up in turns of whose build it is", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "mount-points-"));
  t.after(() => rmSync(directory, { recursive: true }));
  using root = new SafeRoot(directory);
  const deep = "/a".repeat(1_000);
  root.makeDirectory(deep, { parents: true });
  let turns = 0;
  const time: ThreadTime = {
    spend: (work) => {
      turns++;
      return nobodysTime.spend(work);
    },
  };
  assert.equal(await currentTime.run(time, () => new MountPoints(root).add(`${deep}/new`)), `${deep}/new`);
  assert.ok(turns > 2, `${turns}`);
});
