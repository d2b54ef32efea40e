import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { LocalContentStore } from "#engine/content/local.ts";
import { MemoryContentStore } from "#engine/content/memory.ts";
import { InvalidArgument } from "#engine/errdefs/errors.ts";
import type { Digest } from "#engine/oci/digest.ts";
import { contentStoreSuite } from "../../suites/content-store.ts";

contentStoreSuite("in memory", () => ({ store: new MemoryContentStore(), dispose: () => {} }));
contentStoreSuite("on disk", () => {
  const dir = mkdtempSync(join(tmpdir(), "drydock-content-"));
  return { store: new LocalContentStore(dir), dispose: () => rmSync(dir, { recursive: true }) };
});

describe("LocalContentStore", () => {
  it("removes ingests that a crash left, and takes no path for a digest", async () => {
    const dir = mkdtempSync(join(tmpdir(), "drydock-content-"));
    try {
      mkdirSync(join(dir, "ingest"));
      writeFileSync(join(dir, "ingest", "half"), "x");
      const store = new LocalContentStore(dir);
      assert.deepEqual(readdirSync(join(dir, "ingest")), []);
      await assert.rejects(store.open("sha256:../../../etc/passwd" as Digest), InvalidArgument);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
