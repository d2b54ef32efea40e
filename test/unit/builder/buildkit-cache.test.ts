import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type CacheConfig, parseCacheConfig, parseInlineRecords } from "#engine/builder/portable/cache-config.ts";
import { digestOf } from "#engine/oci/digest.ts";

/**
 * What dockerd 20.10's BuildKit left in the image of
 * `FROM bench AS one; RUN echo 1 > /one; FROM bench; COPY a /a; COPY --from=one /one /one; RUN echo two > /two`,
 * built with BUILDKIT_INLINE_CACHE=1 (`moby.buildkit.cache.v0` of its config).
 */
const recorded = readFileSync(path.join(import.meta.dirname, "../../golden/caches/buildkit-inline.json"));

test("a cache that BuildKit has left in an image is read: its records, their inputs and layers", () => {
  const records = parseInlineRecords(recorded.toString("base64"), "the cache");
  const layers = records.flatMap((record) => record.layers ?? []).map(({ layer }) => layer);
  assert.deepEqual(layers, [1, 2, 3], "three steps have made layers on the base's");
  const [first, , , second] = records;
  assert.deepEqual(first?.inputs, [[{ link: 1 }], [{ link: 6 }]]);
  assert.equal(second?.inputs?.[1]?.[0]?.link, 2);
  assert.match(second?.inputs?.[1]?.[1]?.selector ?? "", /^sha256:/);
  for (const { inputs = [] } of records) {
    for (const { link } of inputs.flat()) assert.ok(link < records.length);
  }
});

test("the same as a manifest's config, whose numbers that are zero BuildKit leaves out", () => {
  const blob = digestOf("a layer");
  const written = { layers: [{ blob, parent: -1 }, { blob }], records: JSON.parse(recorded.toString()) as unknown };
  const config: CacheConfig = parseCacheConfig(Buffer.from(JSON.stringify(written)), "the cache");
  assert.deepEqual(
    config.layers.map(({ parent }) => parent),
    [-1, 0],
  );
  assert.equal(config.records.length, 7);
});
