import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { LayerID } from "#engine/layers/layer-store.ts";
import type { Resource } from "#engine/leases/leases.ts";
import type { Digest } from "#engine/oci/digest.ts";
import type { Storage } from "#engine/storage.ts";
import { archiveStream } from "../../fakes/archives.ts";
import { StorageRoot } from "../../fakes/storage-root.ts";

const skip = process.getuid?.() === 0 ? false : "layers need root";

describe("garbage collection", { skip }, () => {
  let root: StorageRoot;
  let storage: Storage;
  let roots: Resource[];

  beforeEach(async () => {
    root = new StorageRoot("overlay");
    await open(0);
  });
  afterEach(() => root.dispose());

  async function open(graceMs: number): Promise<void> {
    storage = await root.open({ graceMs });
    roots = [];
    storage.gc.addRoots({ roots: () => roots });
  }

  async function layer(name: string, parent?: LayerID): Promise<LayerID> {
    return (await storage.layers.apply(archiveStream({ name, content: name }), { parent })).id;
  }

  async function blob(text: string): Promise<Digest> {
    const source = Readable.from([Buffer.from(text)], { objectMode: false });
    return (await storage.content.ingest(source, { ref: text })).digest;
  }

  async function state(): Promise<{ content: string[]; layers: string[]; snapshots: string[] }> {
    const content: string[] = [];
    for await (const { digest } of storage.content.list()) {
      content.push(digest);
    }
    return {
      content: content.toSorted(),
      layers: storage.layers.list().map(({ id }) => id),
      snapshots: storage.snapshots.list().map(({ key }) => key),
    };
  }

  it("keeps what roots need, with all below it, and collects the rest", async () => {
    const bottom = await layer("bottom");
    const top = await layer("top", bottom);
    const side = await layer("side", bottom);
    const under = await layer("under");
    await layer("lost", under);
    await storage.snapshots.prepare("container", side);
    await storage.snapshots.prepare("forgotten", bottom);
    const config = await blob("config");
    await blob("unused");
    // Roots name what blobs they want; without one this layer's archive could not be made again.
    const [packed, spare] = [await blob("packed"), await blob("spare")];
    for (const one of [top, side]) {
      storage.blobs.of("ada").record(await storage.layers.diffId(one), {
        digest: one === top ? packed : spare,
        size: 6,
        mediaType: "gzip",
      });
    }
    rmSync(join(root.base, "data", "layers", `${top}.split`));
    roots = [
      { kind: "layer", id: top },
      { kind: "snapshot", id: "container" },
      { kind: "content", id: config },
    ];
    const collected = await storage.gc.collect();
    assert.deepEqual({ ...collected, bytes: 0 }, { content: 2, layers: 2, snapshots: 1, bytes: 0 });
    assert.ok(collected.bytes > 0);
    assert.deepEqual(await state(), {
      content: [config, packed].toSorted(),
      layers: [bottom, top, side],
      snapshots: [bottom, top, side, "container"],
    });
  });

  it("forgets a layer's blob with the layer", async () => {
    const only = await layer("only");
    const diffId = await storage.layers.diffId(only);
    storage.blobs.made.record(diffId, { digest: await blob("packed"), size: 6, mediaType: "gzip" });
    await storage.gc.collect();
    assert.deepEqual(await state(), { content: [], layers: [], snapshots: [] });
    assert.equal(storage.blobs.any(diffId), undefined);
  });

  it("keeps what a lease holds, until it is released", async () => {
    const lease = storage.leases.create("test");
    lease.add({ kind: "layer", id: await layer("top", await layer("bottom")) });
    lease.add({ kind: "content", id: await blob("held") });
    await storage.snapshots.prepare("held", undefined);
    lease.add({ kind: "snapshot", id: "held" });
    const before = await state();
    await storage.gc.collect();
    assert.deepEqual(await state(), before);
    lease.release();
    await storage.gc.collect();
    assert.deepEqual(await state(), { content: [], layers: [], snapshots: [] });
  });

  it("keeps what is young, and what was found again just now", async () => {
    await open(60_000);
    await layer("young", await layer("bottom"));
    await blob("young");
    const before = await state();
    await storage.gc.collect();
    assert.deepEqual(await state(), before);
  });

  it("keeps layers that a running container or build is based on, even if nobody says so", async () => {
    const bottom = await layer("bottom");
    await storage.snapshots.prepare("container", bottom);
    await root.inside("container", (dir) => writeFileSync(join(dir, "x"), ""));
    roots = [{ kind: "snapshot", id: "container" }];
    await storage.gc.collect();
    assert.deepEqual((await state()).snapshots, [bottom, "container"]);
  });

  it("collects nothing while no root source is known", async () => {
    const bare = await root.open({ graceMs: 0 });
    storage = bare;
    await layer("x");
    assert.deepEqual(await bare.gc.collect(), { content: 0, layers: 0, snapshots: 0, bytes: 0 });
  });

  it("waits with scheduled collections until all root sources are there", async () => {
    const { promise: collected, resolve } = Promise.withResolvers<void>();
    let begun = false;
    storage.gc.addRoots({
      roots: () => {
        assert.ok(begun, "collected before begin");
        resolve();
        return [];
      },
    });
    storage.gc.schedule();
    await new Promise((done) => setImmediate(done));
    begun = true;
    storage.gc.begin();
    // The timer alone does not keep a process alive.
    const awake = setInterval(() => {}, 1000);
    await collected.finally(() => clearInterval(awake));
  });

  it("merges scheduled collections", async () => {
    let asked = 0;
    storage.gc.addRoots({ roots: () => (asked++, []) });
    storage.gc.begin();
    storage.gc.schedule();
    storage.gc.schedule();
    await storage.gc.close();
    assert.equal(asked, 0);
    await storage.gc.collect();
    assert.equal(asked, 1);
  });
});
