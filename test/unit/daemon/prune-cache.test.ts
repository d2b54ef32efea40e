import assert from "node:assert/strict";
import { test } from "node:test";
import { buildCacheRoutes } from "../../../server/daemon/routes/build/cache.ts";
import { Query } from "../../../server/daemon/http/query.ts";
import type { Call } from "../../../server/daemon/http/route.ts";
import type { BuildCacheRecord, PruneOptions } from "../../../server/engine/builder/builder.ts";

const common = { description: "RUN a", bytes: 1, createdAt: 0, lastUsedAt: 0, usageCount: 1 };
const records: BuildCacheRecord[] = [
  { ...common, id: "abc", type: "regular", inUse: false, shared: true, parents: [] },
  { ...common, id: "bcd", type: "regular", inUse: true, shared: false, parents: ["abc"] },
  { ...common, id: "cde", type: "exec.cachemount", inUse: false, shared: false, parents: [], description: "mount" },
];

/** Ids of what the filters pick out. */
async function picked(filters: object): Promise<string[]> {
  let asked: PruneOptions | undefined;
  const prune = async (options: PruneOptions) => {
    asked = options;
    return { ids: [], bytes: 0 };
  };
  const collector = { schedule: () => undefined };
  const builder = { cache: { prune, list: () => records } };
  const [route] = buildCacheRoutes({ builder } as never, { collector });
  const query = new Query(new URLSearchParams({ filters: JSON.stringify(filters) }));
  await route?.handle({ query } as Call);
  return records.filter((record) => asked?.matches?.(record) === true).map(({ id }) => id);
}

test("the cache is pruned by id, parent, kind, use and whether images share it", async () => {
  assert.deepEqual(await picked({}), ["abc", "bcd", "cde"]);
  assert.deepEqual(await picked({ id: ["bc"] }), ["abc", "bcd"]);
  assert.deepEqual(await picked({ parent: ["abc"] }), ["bcd"]);
  assert.deepEqual(await picked({ type: ["exec.cachemount"] }), ["cde"]);
  assert.deepEqual(await picked({ description: ["RUN a"] }), ["abc", "bcd"]);
  assert.deepEqual(await picked({ inuse: ["true"] }), ["bcd"]);
  assert.deepEqual(await picked({ inuse: ["false"], private: ["true"] }), ["cde"]);
  assert.deepEqual(await picked({ shared: { "1": true } }), ["abc"]);
});

test("one value of each", async () => {
  await assert.rejects(picked({ id: ["a", "b"] }), /failed to prune build cache: filters expect only one value/);
});
