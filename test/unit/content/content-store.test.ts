import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
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

  it("tells of a blob whose bytes have changed on disk", async () => {
    const dir = mkdtempSync(join(tmpdir(), "drydock-content-"));
    try {
      const store = new LocalContentStore(dir);
      const { digest } = await store.ingest(Readable.from([Buffer.from("sound")]), { ref: "x" });
      assert.equal((await store.read(digest)).toString(), "sound");
      writeFileSync(join(dir, "blobs", "sha256", digest.slice("sha256:".length)), "r0tte");
      await assert.rejects(store.read(digest), { name: "DataLoss", message: /is damaged on disk/ });
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
