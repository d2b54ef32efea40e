import assert from "node:assert/strict";
import { test } from "node:test";
import { BuildCacheRoots } from "#engine/builder/cache/build-cache.ts";
import { ContainerRecords } from "#engine/containers/container-records.ts";
import { ImageRecords } from "#engine/images/image-records.ts";
import type { Layer, LayerID } from "#engine/layers/layer-store.ts";
import { Database } from "#engine/metadata/database.ts";
import type { DiffID, Digest } from "#engine/oci/digest.ts";
import { OwnedLayers } from "#engine/quota/owned-layers.ts";
import type { TenantId } from "#engine/tenants/tenant.ts";

const id = (name: string) => name as LayerID;
const layer = (name: string, parent?: string): Layer => ({
  id: id(name),
  parent: parent === undefined ? undefined : id(parent),
  diffId: `diff-${name}` as DiffID,
  size: 1,
  createdAt: 0,
});

/** A base that two have, with what each put on it; a layer of a group's cache; one that nobody has. */
const layers = [
  layer("base"),
  layer("ada-1", "base"),
  layer("ada-2", "ada-1"),
  layer("bob-1", "base"),
  layer("class-1", "base"),
  layer("nobody-1"),
];

test("a layer is its tenant's while nobody else has it or what is based on it", async () => {
  const database = new Database(":memory:");
  const images = (tenant: string, names: string[]) =>
    new ImageRecords(database, tenant).put({
      id: `sha256:${tenant}${names.join("")}` as Digest,
      config: {} as never,
      layers: names.map(id),
      manifest: undefined,
      size: 0,
      taggedAt: 0,
      lastTag: 0,
      standIn: false,
      parent: undefined,
    });
  const roots = new BuildCacheRoots(database);
  assert.deepEqual([...roots.roots()], []);
  assert.deepEqual(new ContainerRecords(database, "ada" as TenantId).load(), []);
  images("ada", ["base", "ada-1"]);
  images("bob", ["base", "bob-1"]);
  database.run(
    "INSERT INTO containers (id, tenant, name, record) VALUES ('c', 'ada', 'one', ?)",
    JSON.stringify({ topLayer: "ada-2" }),
  );
  const owned = () => {
    const found = new OwnedLayers({
      database,
      layers: { list: () => layers },
      snapshots: { usage: () => Promise.resolve({ bytes: 10, inodes: 2 }) },
      blobs: {
        find: (diffId) => (diffId === "diff-ada-1" ? { digest: "" as Digest, size: 5, mediaType: "" } : undefined),
      },
    });
    return { found, names: (tenant: string) => (found.byTenant().get(tenant) ?? []).map((one) => one.id) };
  };
  assert.deepEqual(owned().names("ada"), ["ada-1", "ada-2"]);
  assert.deepEqual(owned().names("bob"), ["bob-1"]);
  const [first = layer("none")] = owned().found.byTenant().get("ada") ?? [];
  assert.deepEqual(await owned().found.usage(first), { bytes: 15, inodes: 2 }, "with its compressed blob");

  images("bob", ["base", "ada-1"]);
  assert.deepEqual(owned().names("ada"), ["ada-2"]);
  assert.deepEqual(owned().names("bob"), ["bob-1"], "what both have is nobody's");
  database.close();
});
