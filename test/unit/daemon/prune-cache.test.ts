import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import type { HostInfo } from "../../../server/daemon/host-info.ts";
import { buildCacheRoutes, keptBytes } from "../../../server/daemon/routes/build/cache.ts";
import { Query } from "../../../server/daemon/http/query.ts";
import type { Call } from "../../../server/daemon/http/route.ts";
import { InvalidArgument, Unknown } from "../../../server/engine/errdefs/errors.ts";
import type { BuildCacheRecord, PruneOptions } from "../../../server/engine/builder/cache/cache-admin.ts";

const common = { description: "RUN a", bytes: 1, createdAt: 0, lastUsedAt: 0, usageCount: 1 };
const records: BuildCacheRecord[] = [
  { ...common, id: "abc", type: "regular", inUse: false, shared: true, parents: [] },
  { ...common, id: "bcd", type: "regular", inUse: true, shared: false, parents: ["abc"] },
  { ...common, id: "cde", type: "exec.cachemount", inUse: false, shared: false, parents: [], description: "mount" },
];

/** What the engine is asked for. */
async function asked(parameters: Record<string, string>, minor = 50): Promise<PruneOptions | undefined> {
  let asked: PruneOptions | undefined;
  const prune = async (options: PruneOptions) => {
    asked = options;
    return { ids: [], bytes: 0 };
  };
  const collector = { schedule: () => undefined };
  const builder = { cache: { prune, list: () => records } };
  const host = { dataRoot: tmpdir() } as HostInfo;
  const [route] = buildCacheRoutes({ builder, events: { publish: () => undefined } } as never, { collector, host });
  const query = new Query(new URLSearchParams(parameters).toString());
  await route?.handle({ query, version: { major: 1, minor } } as Call);
  return asked;
}

/** Ids of what the filters pick out. */
async function picked(filters: object): Promise<string[]> {
  const options = await asked({ filters: JSON.stringify(filters) });
  return records.filter((record) => options?.matches?.(record) === true).map(({ id }) => id);
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

test("what is to stay of the cache: reserved, at most used, or what leaves so much free", () => {
  const kept = (reserved: number, maxUsed: number, minFree: number) =>
    keptBytes({ reserved, maxUsed, minFree }, { used: 100, free: 50 });
  assert.equal(kept(0, 0, 0), undefined);
  assert.equal(kept(30, 0, 0), 30);
  assert.equal(kept(0, 40, 0), 40);
  assert.equal(kept(60, 40, 0), 60, "what is reserved stays, whatever else is said");
  assert.equal(kept(0, 0, 50), 100, "there is as much free: nothing has to go");
  assert.equal(kept(0, 0, 70), 80);
  assert.equal(kept(0, 90, 70), 80);
  assert.equal(kept(0, 40, 70), 40);
  assert.equal(kept(95, 0, 70), 95);
  assert.equal(kept(0, 0, 1000), 0);
});

test("the limits of a prune have the names of the client's version", async () => {
  const limits = { "keep-storage": "7", "reserved-space": "9", "max-used-space": "11" };
  assert.equal((await asked(limits, 47))?.keepBytes, 7);
  assert.equal((await asked(limits))?.keepBytes, 11);
  assert.equal((await asked({ "keep-storage": "7" }))?.keepBytes, 7);
  assert.equal((await asked({ "min-free-space": "1" }))?.keepBytes, 1 + 1, "all that no image shares");
  const refused = (name: string, kind: new (message: string) => Error) =>
    assert.rejects(asked({ [name]: "much" }), (error: unknown) => {
      assert.ok(error instanceof kind);
      assert.match(error.message, new RegExp(`^${name} is in bytes and expects an integer`));
      return true;
    });
  await refused("keep-storage", Unknown);
  for (const name of ["reserved-space", "max-used-space", "min-free-space"]) await refused(name, InvalidArgument);
});
