import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalLayerBlobs } from "#engine/layers/blobs.ts";
import { Database } from "#engine/metadata/database.ts";
import type { DiffID, Digest } from "#engine/oci/digest.ts";

const layer = "sha256:layer" as DiffID;
const other = "sha256:other" as DiffID;
const blob = (digest: string, size: number) => ({ digest: digest as Digest, size, mediaType: "gzip" });
const ours = blob("sha256:bb", 72);
/** The same layer, by somebody who chose its digest: with padding behind its compressed data, and packed with more care. */
const padded = blob("sha256:aa", 8_388_680);
const small = blob("sha256:cc", 70);

const setup = () => {
  const blobs = new LocalLayerBlobs(new Database(":memory:"));
  const [ada, mallory] = [blobs.of("ada"), blobs.of("mallory")];
  const found = (of: { find: typeof ada.find }) => of.find(layer)?.digest;
  return { blobs, ada, mallory, found };
};

test("a tenant has the blobs that it brought, the smallest first, and no one else's", () => {
  const { ada, mallory, found } = setup();
  mallory.record(layer, padded);
  mallory.record(layer, small);
  assert.equal(found(ada), undefined);
  assert.equal(found(mallory), small.digest);
  ada.record(layer, ours);
  assert.deepEqual({ ...ada.find(layer) }, ours);
  assert.equal(ada.find(other), undefined);
});

test("what was compressed here is everybody's", () => {
  const { blobs, ada, mallory, found } = setup();
  mallory.record(layer, padded);
  blobs.made.record(layer, ours);
  assert.equal(found(ada), ours.digest);
  assert.equal(found(mallory), ours.digest);
});

test("whether it is a blob of the layer, and one to read the layer from, is the same for all", () => {
  const { blobs, ada, mallory } = setup();
  assert.equal(blobs.any(layer), undefined);
  mallory.record(layer, padded);
  mallory.record(layer, small);
  assert.ok(ada.has(layer, padded.digest));
  assert.ok(!ada.has(other, padded.digest));
  assert.equal(blobs.any(layer)?.digest, small.digest);
  blobs.forget(small.digest);
  assert.ok(!ada.has(layer, small.digest));
  assert.equal(blobs.any(layer)?.digest, padded.digest);
});

test("of those from before owners were known all tenants have the smallest", () => {
  const database = new Database(":memory:");
  database.migrate("layer-blobs", [
    `CREATE TABLE layer_blobs (
       diff_id TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL, media_type TEXT NOT NULL,
       PRIMARY KEY (diff_id, digest)
     ) WITHOUT ROWID`,
  ]);
  for (const { digest, size, mediaType } of [padded, ours]) {
    database.run("INSERT INTO layer_blobs VALUES (?, ?, ?, ?)", layer, digest, size, mediaType);
  }
  assert.deepEqual({ ...new LocalLayerBlobs(database).of("ada").find(layer) }, ours);
});
