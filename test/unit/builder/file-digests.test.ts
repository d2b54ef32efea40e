import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Entry } from "../../../server/engine/builder/ops/entries.ts";
import { FileDigests } from "../../../server/engine/builder/ops/file-digests.ts";
import { TreeWriter } from "../../../server/engine/builder/ops/tree-writer.ts";
import { Database } from "../../../server/engine/metadata/database.ts";
import { SafeRoot } from "../../../server/engine/mount/safe-path.ts";

describe("digests of files in a context", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "digests-"));
  const database = new Database(":memory:");
  const wanted = new AbortController().signal;
  after(() => rmSync(directory, { recursive: true }));

  /** As a walk finds it, once its times are old enough to be believed. */
  async function settled(root: SafeRoot, name: string): Promise<Entry> {
    for (;;) {
      const stat = root.stat(name);
      if (Date.now() - Number(stat.ctimeNs / 1_000_000n) > 100)
        return { source: name, path: "", stat, link: undefined };
      await delay(20);
    }
  }

  it("cost a read the first time only, also after a restart, until the file is another one", async () => {
    writeFileSync(path.join(directory, "file"), "content");
    using root = new SafeRoot(directory);
    const entry = await settled(root, "file");
    const digests = new FileDigests(database);
    const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
    assert.equal(await digests.digest(root, entry, true, wanted), sha256("content"));
    digests.save();
    // where there is nothing to read: who looks for the file fails
    const gone = { ...entry, source: "gone" };
    for (const known of [digests, new FileDigests(database)]) {
      assert.equal(await known.digest(root, gone, true, wanted), sha256("content"));
      await assert.rejects(known.digest(root, gone, false, wanted), "of a mounted layer it is read every time");
      for (const change of [{ size: 8 }, { mtimeNs: 1n }, { ctimeNs: 1n }, { ino: entry.stat.ino + 1n }]) {
        const other = { ...gone, stat: { ...entry.stat, ...change } };
        await assert.rejects(known.digest(root, other, true, wanted), Object.keys(change).join(" "));
      }
    }
    appendFileSync(path.join(directory, "file"), "!");
    await assert.rejects(
      digests.digest(root, { ...entry, stat: { ...entry.stat, size: 9 } }, true, wanted),
      /was changed while/,
    );
    assert.equal(await digests.digest(root, await settled(root, "file"), true, wanted), sha256("content!"));
  });

  it("are known of files that only this process changes, as long as it runs and they are as they were", async () => {
    const own = new Database(":memory:");
    const digests = new FileDigests(own);
    writeFileSync(path.join(directory, "ours"), "ours");
    using root = new SafeRoot(directory);
    const stat = root.stat("ours");
    const entry = { source: "gone", path: "", stat, link: undefined };
    const elsewhere = { ...entry, stat: { ...stat, ctimeNs: stat.ctimeNs + 1n } };
    digests.learned(stat, "digest");
    const known = () => [digests.known(entry)?.digest, digests.known(elsewhere)?.digest];
    assert.deepEqual(known(), ["digest", undefined]);
    assert.equal(await digests.digest(root, entry, true, wanted), "digest");
    digests.moved(stat, elsewhere.stat);
    assert.deepEqual(known(), [undefined, "digest"]);
    digests.moved(stat, { ...stat, mtimeNs: 1n });
    assert.deepEqual(known(), [undefined, "digest"], "it had moved before");
    const link = { ...elsewhere, stat: { ...elsewhere.stat, kind: "symlink" as const } };
    assert.equal(
      digests.known(link),
      undefined,
      "its inode may be something else by now, within one tick of the clock",
    );
    digests.save();
    assert.equal(new FileDigests(own).known(elsewhere), undefined);
    digests.learned(elsewhere.stat, undefined);
    assert.equal(digests.known(elsewhere), undefined, "or a file that was written in pieces");
  });

  it("are not computed to the end for a build that nobody wants any more, nor is a large file copied", async () => {
    const large = path.join(directory, "large");
    writeFileSync(large, "");
    truncateSync(large, 256 * 1024 ** 2);
    mkdirSync(path.join(directory, "target"));
    using root = new SafeRoot(directory);
    using target = new SafeRoot(path.join(directory, "target"));
    const entry = await settled(root, "large");
    const works = [
      (signal: AbortSignal) => new FileDigests(new Database(":memory:")).digest(root, entry, true, signal),
      (signal: AbortSignal) => {
        const writer = new TreeWriter(root, target, { owner: undefined, mode: undefined, layer: false, signal });
        return writer.write([entry], "/copy", { contents: false }).finally(() => writer.close());
      },
    ];
    for (const work of works) {
      const left = new AbortController();
      const working = work(left.signal);
      setImmediate(() => left.abort(new Error("the client has left")));
      await assert.rejects(working, { name: "Cancelled" });
    }
    assert.ok(target.stat("copy").size < entry.stat.size);
  });
});
