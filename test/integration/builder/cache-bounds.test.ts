import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { BuildCache } from "#engine/builder/cache/build-cache.ts";
import { Database } from "#engine/metadata/database.ts";
import { digestOf } from "#engine/oci/digest.ts";
import { Machine, whyNot } from "./machine.ts";

describe("the cache's bounds", () => {
  const day = 86_400_000;

  it("drops the least recently used beyond its size, and what was unused too long; never what a build holds", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: 100 * day });
    const database = new Database(":memory:");
    const layers = {} as ConstructorParameters<typeof BuildCache>[0]["layers"];
    const limits = { bytes: 100, unusedForMs: 30 * day };
    const cache = new BuildCache({ scope: "t", database, layers, limits });
    const save = (name: string): string =>
      cache.save([digestOf(name)], { kind: "layer", layer: undefined, bytes: 40 }, name).id;
    const names = (): string[] => cache.list().map(({ description }) => description);
    for (const name of ["a", "b", "c"]) {
      save(name);
      t.mock.timers.tick(1000);
    }
    await cache.find(digestOf("a"));
    t.mock.timers.tick(1000);
    cache.flush();
    cache.trim();
    assert.deepEqual(names(), ["c", "a"]);
    const release = cache.hold(save("held"));
    t.mock.timers.tick(31 * day);
    cache.trim();
    assert.deepEqual(names(), ["held"]);
    release();
    cache.trim();
    assert.deepEqual(names(), []);
    database.close();
  });
});

describe("cache mounts", { skip: whyNot() ?? false }, () => {
  const machine = new Machine();
  before(async () => {
    await machine.start();
    await machine.addBusybox();
  });
  after(() => machine.dispose());

  it("are listed and pruned with the cache", async () => {
    await machine.build("FROM busybox\nRUN --mount=type=cache,target=/c dd if=/dev/zero of=/c/f bs=1024 count=64\n");
    const mounts = () => machine.builder.cache.list().filter(({ type }) => type === "exec.cachemount");
    assert.deepEqual(
      mounts().map(({ bytes, inUse }) => [bytes, inUse]),
      [[64 * 1024, false]],
    );
    const { ids, bytes } = await machine.builder.cache.prune({ all: true });
    assert.ok(ids.length === 2 && bytes >= 64 * 1024);
    assert.deepEqual(mounts(), []);
  });
});
