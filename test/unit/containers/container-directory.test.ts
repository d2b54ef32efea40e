import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { currentTime, type ThreadTime } from "#engine/concurrency/thread-time.ts";
import { listDirectory } from "#engine/containers/container-directory.ts";
import { SafeRoot } from "#engine/mount/safe-path.ts";

test("a directory of thousands of files is looked at in pieces of its tenant's time, and told of in part", async () => {
  const base = mkdtempSync(join(tmpdir(), "dd-directory-"));
  try {
    mkdirSync(join(base, "big/zz"), { recursive: true });
    symlinkSync("zz", join(base, "big/aa"));
    for (let index = 0; index < 2_500; index++) writeFileSync(join(base, `big/f${index}`), "");
    let pieces = 0;
    const time: ThreadTime = {
      spend: async <T>(work: () => T): Promise<Awaited<T>> => {
        pieces++;
        return await work();
      },
    };
    using root = new SafeRoot(base);
    const { path, files, omitted } = await currentTime.run(time, () => listDirectory(root, "big", 0));
    assert.deepEqual([path, files.length, omitted], ["/big", 2_000, 502]);
    assert.deepEqual(
      files.slice(0, 3).map(({ name, leadsTo }) => [name, leadsTo]),
      [
        ["aa", "directory"],
        ["f0", undefined],
        ["f1", undefined],
      ],
    );
    assert.ok(pieces > 2_000 / 50, `${pieces} pieces`);
  } finally {
    rmSync(base, { recursive: true });
  }
});
