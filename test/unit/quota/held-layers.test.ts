import assert from "node:assert/strict";
import { test } from "node:test";
import { BuildCacheRoots } from "#engine/builder/cache/build-cache.ts";
import { ContainerRecords } from "#engine/containers/container-records.ts";
import { ImageRecords } from "#engine/images/image-records.ts";
import type { Layer, LayerID } from "#engine/layers/layer-store.ts";
import { LocalLayerBlobs } from "#engine/layers/blobs.ts";
import { Database } from "#engine/metadata/database.ts";
import type { DiffID, Digest } from "#engine/oci/digest.ts";
import { HeldLayers } from "#engine/quota/held-layers.ts";
import type { TenantId } from "#engine/tenants/tenant.ts";

const id = (name: string) => name as LayerID;
const layer = (name: string, parent?: string): Layer => ({
  id: id(name),
  parent: parent === undefined ? undefined : id(parent),
  diffId: `diff-${name}` as DiffID,
  size: 1,
  createdAt: 0,
});

const layers = [
  layer("base"),
  layer("ada-1", "base"),
  layer("ada-2", "ada-1"),
  layer("ada-left", "base"),
  layer("common", "base"),
  layer("class-1", "base"),
  layer("nobody-1"),
];

function setup() {
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
  assert.deepEqual([...new BuildCacheRoots(database).roots()], []);
  assert.deepEqual(new ContainerRecords(database, "ada" as TenantId).load(), []);
  const blobs = new LocalLayerBlobs(database);
  const held = () =>
    new HeldLayers({
      database,
      layers: { list: () => layers },
      snapshots: { usage: () => Promise.resolve({ bytes: 10, inodes: 2 }) },
      blobs,
      free: ["operator"],
    });
  const names = (tenant: string) =>
    held()
      .of(tenant)
      .map((one) => one.id as string)
      .toSorted();
  return { database, images, blobs, held, names };
}

test("a tenant has the layers of its images, containers, cache and failed steps, with what they are based on", () => {
  const { database, images, names } = setup();
  images("ada", ["base"]);
  database.run(
    "INSERT INTO containers (id, tenant, name, record) VALUES ('c', 'ada', 'one', ?)",
    JSON.stringify({ topLayer: "ada-2" }),
  );
  database.run(
    `INSERT INTO build_step_records (scope, id, image, finished_at, record, left_layers)
     VALUES ('ada', 'b', NULL, 0, '{}', '["ada-left"]')`,
  );
  database.run(
    `INSERT INTO build_cache_records (scope, id, layer, description, bytes, created_at, used_at, uses)
     VALUES ('group class', 'r', 'class-1', '', 1, 0, 0, 0)`,
  );
  assert.deepEqual(names("ada"), ["ada-1", "ada-2", "ada-left", "base"]);
  assert.deepEqual(names("bob"), []);
  database.close();
});

test("what others get or remove changes nothing of what one has, but for the base images", () => {
  const { database, images, names } = setup();
  images("ada", ["base", "common"]);
  assert.deepEqual(names("ada"), ["base", "common"]);
  images("bob", ["base", "common"]);
  assert.deepEqual(
    [names("ada"), names("bob")],
    [
      ["base", "common"],
      ["base", "common"],
    ],
    "each has all of it",
  );
  images("operator", ["base"]);
  assert.deepEqual([names("ada"), names("bob")], [["common"], ["common"]], "base images are nobody's");
  database.close();
});

test("a layer counts with the tenant's own blob of it, not with what a stranger's registry sent", async () => {
  const { database, images, blobs, held } = setup();
  const blob = (name: string, size: number) => ({ digest: name as Digest, size, mediaType: "" });
  images("ada", ["common"]);
  images("mallory", ["common"]);
  blobs.of("mallory").record("diff-common" as DiffID, blob("padded", 1_000));
  const used = async (tenant: string) => {
    const [one = layer("none")] = held().of(tenant);
    return await held().usage(one, tenant);
  };
  assert.deepEqual(await used("ada"), { bytes: 10, inodes: 2 });
  assert.deepEqual(await used("mallory"), { bytes: 1_010, inodes: 2 });
  blobs.made.record("diff-common" as DiffID, blob("made", 5));
  assert.deepEqual(await used("ada"), { bytes: 15, inodes: 2 });
  database.close();
});
