import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalLayerBlobs } from "#engine/layers/blobs.ts";
import { Database } from "#engine/metadata/database.ts";
import type { DiffID, Digest } from "#engine/oci/digest.ts";
import { MemoryLayerBlobs } from "../../fakes/memory-stores.ts";

const stores = {
  "in the metadata database": () => new LocalLayerBlobs(new Database(":memory:")),
  "in memory": () => new MemoryLayerBlobs(),
};

const layer = "sha256:layer" as DiffID;
const blob = (digest: string, size: number) => ({ digest: digest as Digest, size, mediaType: "gzip" });
const honest = blob("sha256:bb", 72);
/** The same layer with padding behind its compressed data, by somebody who chose its digest. */
const padded = [blob("sha256:aa", 8_388_680), blob("sha256:cc", 8_388_680)];

for (const [where, open] of Object.entries(stores)) {
  test(`of a layer's blobs the smallest is used, whoever brings others, before or after it (${where})`, () => {
    for (const order of [
      [honest, ...padded],
      [...padded, honest],
    ]) {
      const blobs = open();
      assert.equal(blobs.find(layer), undefined);
      for (const one of order) blobs.record(layer, one);
      assert.deepEqual({ ...blobs.find(layer) }, honest);
      assert.equal(blobs.find("sha256:other" as DiffID), undefined);
    }
  });
}
