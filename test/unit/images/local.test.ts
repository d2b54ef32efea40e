import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import type { EngineEvent } from "../../../server/engine/events/events.ts";
import { imageHistory, sharedSizes } from "../../../server/engine/images/history.ts";
import { LocalLayerBlobs } from "#engine/layers/blobs.ts";
import { ImageRoots } from "../../../server/engine/images/image-records.ts";
import type { Image, NewImage } from "../../../server/engine/images/image-store.ts";
import { LocalImageStore } from "../../../server/engine/images/local.ts";
import { pruneImages } from "../../../server/engine/images/prune.ts";
import type { ImageUse } from "../../../server/engine/images/removal.ts";
import type { LayerID } from "../../../server/engine/layers/layer-store.ts";
import { Database } from "../../../server/engine/metadata/database.ts";
import { chainIdOf, digestOf, hexOf, type Digest } from "../../../server/engine/oci/digest.ts";
import { canonicalJson } from "../../../server/engine/oci/json.ts";
import { MemoryContent, MemoryLayers, MemoryLeases } from "../../fakes/memory-stores.ts";

function setup() {
  const database = new Database(":memory:");
  const content = new MemoryContent();
  const layers = new MemoryLayers(content);
  const leases = new MemoryLeases();
  const events: string[] = [];
  const users = new Map<Digest, ImageUse[]>();
  const storeOf = (tenant: string, limit?: number) =>
    new LocalImageStore({
      tenant,
      limit: () => limit,
      database,
      content,
      layers,
      leases,
      usedBy: (image) => users.get(image) ?? [],
      events: {
        publish: (event: Omit<EngineEvent, "timeNano">) =>
          void events.push(`${event.action} ${event.actor.attributes["name"] ?? ""}`),
      },
    });
  const layer = async (text: string, parent?: LayerID) =>
    (await layers.apply(Readable.from([Buffer.from(text)]), { parent })).id;
  return { database, content, layers, leases, events, users, storeOf, store: storeOf("t-one"), layer };
}

function newImage(layers: LayerID[], env: string, more: Partial<NewImage> = {}): NewImage {
  const config = {
    architecture: "amd64",
    os: "linux",
    config: { Env: [env] },
    rootfs: { type: "layers" as const, diff_ids: [] },
  };
  return { config, layers, ...more };
}

test("an image is found by every name that Docker takes", async () => {
  const { store, layer, layers, content } = setup();
  const base = await layer("a");
  const image = await store.create(newImage([base], "A=1", { tags: ["app:v1", "localhost:5000/x/app"] }));
  const digest = digestOf("manifest");
  store.addDigest(image.id, `app@${digest}`, { mediaType: "m", digest, size: 8 });
  const references = [
    image.id,
    hexOf(image.id),
    image.id.slice(0, 20),
    hexOf(image.id).slice(0, 12),
    "app:v1",
    "docker.io/library/app:v1",
    "localhost:5000/x/app",
    `app@${digest}`,
    `app:ignored@${digest}`,
  ];
  for (const reference of references) {
    assert.equal(store.get(reference).id, image.id, reference);
  }
  assert.deepEqual(store.get("app:v1").tags, ["app:v1", "localhost:5000/x/app:latest"]);
  assert.deepEqual(store.get("app:v1").repoDigests, [`app@${digest}`]);
  assert.deepEqual(image.config.rootfs.diff_ids, [layers.get(base).diffId]);
  assert.equal(digestOf(await content.read(image.id)), image.id);
});

test("what is not there is told with dockerd's words", async () => {
  const { store, layer } = setup();
  await store.create(newImage([await layer("a")], "A=1", { tags: ["app"] }));
  const cases: [string, string, string][] = [
    ["nope", "NotFound", "No such image: nope:latest"],
    ["nope:1", "NotFound", "No such image: nope:1"],
    ["ghcr.io/a/b", "NotFound", "No such image: ghcr.io/a/b:latest"],
    ["sha256:00", "NotFound", "No such image: sha256:00"],
    ["0".repeat(64), "NotFound", `No such image: sha256:${"0".repeat(64)}`],
    ["App", "InvalidArgument", "invalid reference format: repository name must be lowercase"],
    ["", "InvalidArgument", "invalid reference format"],
  ];
  for (const [reference, name, message] of cases) {
    assert.throws(() => store.get(reference), { name, message }, reference);
  }
  assert.equal(store.find("nope"), undefined);
});

test("the same image made twice is one, and a name moves", async () => {
  const { store, layer } = setup();
  const id = await layer("a");
  const first = await store.create(newImage([id], "A=1", { tags: ["app:1"] }));
  const again = await store.create(newImage([id], "A=1", { tags: ["app:2"] }));
  assert.equal(again.id, first.id);
  assert.deepEqual(again.tags, ["app:1", "app:2"]);
  const other = await store.create(newImage([id], "A=2", { tags: ["app:1"] }));
  assert.equal(store.get("app:1").id, other.id);
  assert.deepEqual(store.get(first.id).tags, ["app:2"]);
  assert.equal(store.list().length, 2);
});

test("an exact config is kept, and one that names other layers is refused", async () => {
  const { store, layer, layers } = setup();
  const id = await layer("a");
  const config = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [layers.get(id).diffId] } };
  const rawConfig = Buffer.from(JSON.stringify(config, undefined, 3));
  const image = await store.create({ ...newImage([id], ""), rawConfig });
  assert.equal(image.id, digestOf(rawConfig));
  const lying = canonicalJson({ ...config, rootfs: { type: "layers", diff_ids: [digestOf("other")] } });
  await assert.rejects(store.create({ ...newImage([id], ""), rawConfig: lying }), { name: "DataLoss" });
});

test("one tenant's images are not another's", async () => {
  const { storeOf, layer } = setup();
  const one = storeOf("t-one");
  const image = await one.create(newImage([await layer("a")], "A=1", { tags: ["app"] }));
  const two = storeOf("t-two");
  assert.equal(two.find("app"), undefined);
  assert.equal(two.find(image.id), undefined);
  assert.deepEqual(two.list(), []);
});

test("rmi untags, and deletes with the last name", async () => {
  const { store, layer, events } = setup();
  const image = await store.create(newImage([await layer("a")], "A=1", { tags: ["app:1", "app:2"] }));
  const digest = digestOf("manifest");
  store.addDigest(image.id, `app@${digest}`, { mediaType: "m", digest, size: 8 });
  assert.deepEqual(store.remove("app:1", { force: false, prune: true }), { untagged: ["app:1"], deleted: [] });
  assert.deepEqual(store.remove("app:2", { force: false, prune: true }), {
    untagged: ["app:2", `app@${digest}`],
    deleted: [image.id, chainIdOf(image.config.rootfs.diff_ids)],
  });
  assert.equal(store.find(image.id), undefined);
  // None for the digest, which goes with the last tag.
  assert.deepEqual(events, [`untag ${image.id}`, `untag ${image.id}`, `delete ${image.id}`]);
});

test("rmi by id asks for force when the image has names in several repositories", async () => {
  const { store, layer } = setup();
  const image = await store.create(newImage([await layer("a")], "A=1", { tags: ["app", "other"] }));
  const short = hexOf(image.id).slice(0, 12);
  assert.throws(() => store.remove(short, { force: false, prune: true }), {
    name: "Conflict",
    message: `conflict: unable to delete ${short} (must be forced) - image is referenced in multiple repositories`,
  });
  assert.deepEqual(store.remove(short, { force: true, prune: true }).untagged, ["app:latest", "other:latest"]);
  assert.deepEqual(store.list(), []);
});

test("rmi refuses what containers use", async () => {
  const { store, layer, users } = setup();
  const image = await store.create(newImage([await layer("a")], "A=1", { tags: ["app"] }));
  const short = hexOf(image.id).slice(0, 12);
  const containerId = "c".repeat(64);
  users.set(image.id, [{ containerId, running: false }]);
  assert.throws(() => store.remove("app", { force: false, prune: true }), {
    name: "Conflict",
    message: `conflict: unable to remove repository reference "app" (must force) - container ${containerId.slice(0, 12)} is using its referenced image ${short}`,
  });
  assert.throws(() => store.remove(image.id, { force: false, prune: true }), {
    message: `conflict: unable to delete ${short} (must be forced) - image is being used by stopped container ${containerId.slice(0, 12)}`,
  });
  users.set(image.id, [{ containerId, running: true }]);
  assert.throws(() => store.remove(image.id, { force: true, prune: true }), {
    message: `conflict: unable to delete ${short} (cannot be forced) - image is being used by running container ${containerId.slice(0, 12)}`,
  });
  assert.deepEqual(store.get(image.id).tags, ["app:latest"], "a refusal changes nothing");
  assert.deepEqual(store.remove("app", { force: true, prune: true }), { untagged: ["app:latest"], deleted: [] });
  assert.deepEqual(store.get(image.id).tags, [], "forced by name it stays, dangling");
});

test("rmi keeps parents of other images and prunes nameless ones", async () => {
  const { store, layer } = setup();
  const low = await layer("a");
  const parent = await store.create(newImage([low], "A=1"));
  const child = await store.create(newImage([low, await layer("b", low)], "A=2", { tags: ["app"], parent: parent.id }));
  assert.throws(() => store.remove(parent.id, { force: true, prune: true }), {
    message: `conflict: unable to delete ${hexOf(parent.id).slice(0, 12)} (cannot be forced) - image has dependent child images`,
  });
  assert.deepEqual(store.remove("app", { force: false, prune: true }).deleted, [
    child.id,
    chainIdOf(child.config.rootfs.diff_ids),
    parent.id,
    chainIdOf(parent.config.rootfs.diff_ids),
  ]);
});

test("prune chooses by name, use, age and label", async () => {
  const { store, layer, users } = setup();
  const base = await layer("a");
  const make = async (env: string, more: Partial<NewImage> = {}): Promise<Image> =>
    await store.create(newImage([base], env, more));
  const tagged = await make("tagged", { tags: ["app"] });
  const dangling = await make("dangling");
  const used = await make("used", { tags: ["one", "two"] });
  users.set(used.id, [{ containerId: "c", running: false }]);
  assert.deepEqual(pruneImages(store, { dangling: true, labels: ["none"] }).deleted, []);
  assert.deepEqual(pruneImages(store, { dangling: true }).deleted, [dangling.id]);
  const all = pruneImages(store, { dangling: false });
  // Of one in use, too, all names go but the last.
  assert.deepEqual(all.deleted, [tagged.id]);
  assert.deepEqual(all.untagged.toSorted(), ["app:latest", "one:latest"]);
  assert.deepEqual(
    store.list().map(({ id, tags }) => [id, tags]),
    [[used.id, ["two:latest"]]],
  );
});

test("history tells layers and empty steps, newest first; shared sizes count layers of others", async () => {
  const { store, layer, layers } = setup();
  const low = await layer("aaa");
  const high = await layer("bb", low);
  const base = await store.create(newImage([low], "x"));
  const image = await store.create({
    layers: [low, high],
    tags: ["app"],
    config: {
      architecture: "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids: [] },
      history: [{ created_by: "one" }, { created_by: "two", empty_layer: true }, { created_by: "three" }],
    },
  });
  assert.deepEqual(
    imageHistory(image, layers, () => undefined).map((entry) => [entry.id, entry.createdBy, entry.size, entry.tags]),
    [
      [image.id, "three", 2, ["app:latest"]],
      [undefined, "two", 0, []],
      [undefined, "one", 3, []],
    ],
  );
  assert.deepEqual(Object.fromEntries(sharedSizes([base, image], layers)), { [base.id]: 3, [image.id]: 3 });
});

test("the roots of all tenants are layers, configs, manifests and compressed layers; no lease is left", async () => {
  const { database, storeOf, layer, layers, leases } = setup();
  const low = await layer("a");
  const high = await layer("b", low);
  const blobs = new LocalLayerBlobs(database);
  const lowDiffId = await layers.diffId(low);
  blobs.of("t-one").record(lowDiffId, { digest: digestOf("gz"), size: 2, mediaType: "x" });
  blobs.of("t-two").record(lowDiffId, { digest: digestOf("two's"), size: 3, mediaType: "x" });
  blobs.of("t-three").record(lowDiffId, { digest: digestOf("of nobody who has the layer"), size: 1, mediaType: "x" });
  const one = await storeOf("t-one").create(newImage([low], "1"));
  const manifest = { mediaType: "m", digest: digestOf("manifest"), size: 8 };
  const two = await storeOf("t-two").create(newImage([low, high], "2", { manifest }));
  const roots = [...new ImageRoots(database, layers, blobs).roots()].map(({ kind, id }) => `${kind} ${id}`);
  assert.deepEqual(
    [...new Set(roots)].toSorted(),
    [
      `content ${one.id}`,
      `content ${two.id}`,
      `content ${manifest.digest}`,
      `content ${digestOf("gz")}`,
      `content ${digestOf("two's")}`,
      `layer ${low}`,
      `layer ${high}`,
    ].toSorted(),
  );
  assert.equal(leases.held.size, 0);
});

test("only what is tagged here has a time of its last tag", async () => {
  const { store, layer } = setup();
  const base = await layer("a");
  const pulled = await store.create({ ...newImage([base], "pulled", { tags: ["app"] }), arrived: true });
  assert.equal(pulled.lastTag, 0);
  store.tag("app", "other");
  assert.ok(store.get("app").lastTag > 0);
  assert.ok((await store.create(newImage([base], "built", { tags: ["built"] }))).lastTag > 0);
});

test("names have a limit, too: a name that moves takes no other's place", async () => {
  const { storeOf, layer } = setup();
  const store = storeOf("t-few", 2);
  const image = await store.create(newImage([await layer("a")], "1", { tags: ["app:0"] }));
  for (let number = 1; number < 40; number++) store.tag("app:0", `app:${number}`);
  assert.throws(() => store.tag("app:0", "app:40"), /the limit of 40 names of images is reached: .*docker rmi/);
  store.tag("app:0", "app:39");
  store.remove("app:1", { force: false, prune: true });
  store.tag(image.id, "app:40");
});
