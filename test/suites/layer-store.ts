import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { Cancelled, DataLoss, InvalidArgument, NotFound, OutOfRange } from "#engine/errdefs/errors.ts";
import type { ThreadTime } from "#engine/concurrency/thread-time.ts";
import type { LayerID, LayerStore } from "#engine/layers/layer-store.ts";
import { chainIdOf, type ChainID, type DiffID, digestOf } from "#engine/oci/digest.ts";
import type { Storage } from "#engine/storage.ts";
import { archive, archiveStream } from "../fakes/archives.ts";
import { StorageRoot } from "../fakes/storage-root.ts";

const base = archive(
  { name: "etc", type: "directory" },
  { name: "etc/keep", content: "1" },
  { name: "etc/gone", content: "1" },
  { name: "opt/tool/a", content: "1" },
  { name: "opt/tool/b", content: "1" },
  { name: "var/old", content: "1" },
  { name: "lib", type: "symlink", linkName: "usr/lib" },
);
const changes = archive(
  { name: "./etc/.wh.gone" },
  { name: "etc/.wh.never" },
  { name: "opt/tool/c", content: "2" },
  { name: "opt/tool/.wh..wh..opq" },
  { name: ".wh.var" },
  { name: "var", type: "directory", mode: 0o700 },
  { name: "var/new", content: "2" },
  { name: ".wh..wh.plnk", type: "directory" },
);

/** What layers must be on every snapshotter. */
export function layerStoreSuite(snapshotter: "overlay" | "copy"): void {
  const skip = process.getuid?.() === 0 ? false : "layers need root";
  describe(`layers on the ${snapshotter} snapshotter`, { skip }, () => {
    let root: StorageRoot;
    let storage: Storage;
    let layers: LayerStore;

    const reopen = async () => {
      storage = await root.open({ graceMs: 0 });
      layers = storage.layers;
    };
    beforeEach(async () => {
      root = new StorageRoot(snapshotter);
      await reopen();
    });
    afterEach(() => root.dispose());

    const apply = (bytes: Buffer, parent?: LayerID, diffId?: DiffID) =>
      layers.apply(streamOf(bytes), { parent, ...(diffId === undefined ? {} : { diffId }) });

    it("applies whiteouts and opaque directories to what is below, and only to that", async () => {
      const bottom = await apply(base);
      const top = await apply(gzipSync(changes), bottom.id);
      assert.equal(bottom.diffId, digestOf(base));
      assert.equal(top.diffId, digestOf(changes));
      assert.deepEqual(await root.describe(top.id), [
        "./etc d 755 0:0 ",
        "./etc/keep f 644 0:0 ",
        "./lib l 777 0:0 usr/lib",
        "./opt d 755 0:0 ",
        "./opt/tool d 755 0:0 ",
        "./opt/tool/c f 644 0:0 ",
        "./var d 700 0:0 ",
        "./var/new f 644 0:0 ",
      ]);
      assert.equal((await root.describe(bottom.id)).length, 10);
      // Five bytes in files, and seven of where the link leads, as overlay2 counts.
      assert.equal(bottom.size, 12);
    });

    it("gives back the very bytes that came, for applied and for committed layers, also after a restart", async () => {
      const bottom = await apply(base);
      const top = await apply(gzipSync(changes), bottom.id);
      const committed = await commitOn(top.id);
      const diffId = await layers.diffId(committed);
      await reopen();
      assert.ok((await bytesOf(layers, bottom.id)).equals(base));
      assert.ok((await bytesOf(layers, top.id)).equals(changes));
      const tar = await bytesOf(layers, committed);
      assert.equal(digestOf(tar), diffId);
      assert.ok((await bytesOf(layers, committed)).equals(tar));
    });

    /** A layer in which a container deleted, replaced, linked and added. */
    async function commitOn(parent: LayerID): Promise<LayerID> {
      await storage.snapshots.prepare("work", parent);
      await root.inside("work", (dir) => {
        rmSync(join(dir, "etc/keep"));
        rmSync(join(dir, "opt/tool"), { recursive: true });
        const script = `cd $1 && mkdir opt/tool && echo 3 > opt/tool/d && ln opt/tool/d opt/tool/e &&
          mkfifo pipe && rm lib && mkdir lib && chmod 1777 var && setfattr -n user.x -v y var/new`;
        execFileSync("sh", ["-c", script, "sh", dir]);
      });
      return (await layers.commit("work")).id;
    }

    it("makes layers of what containers did that give the same tree elsewhere", async () => {
      const bottom = await apply(base);
      const middle = await apply(changes, bottom.id);
      const committed = await commitOn(middle.id);
      const expected = await root.describe(committed);
      const diffId = await layers.diffId(committed);
      const tar = await bytesOf(layers, committed);

      const other = new StorageRoot(snapshotter === "overlay" ? "copy" : "overlay");
      try {
        const far = (await other.open()).layers;
        const first = await far.apply(streamOf(base), { parent: undefined });
        const second = await far.apply(streamOf(changes), { parent: first.id });
        const third = await far.apply(streamOf(tar), { parent: second.id, diffId });
        assert.deepEqual(await other.describe(third.id), expected);
      } finally {
        await other.dispose();
      }
    });

    it("commits the same changes to the same diffID", async () => {
      const bottom = await apply(base);
      const digests: string[] = [];
      for (const key of ["one", "two"]) {
        await storage.snapshots.prepare(key, bottom.id);
        await root.inside(key, (dir) => {
          writeFileSync(join(dir, "etc/b"), "b");
          writeFileSync(join(dir, "etc/a"), "a");
          execFileSync("sh", ["-c", "cd $1 && touch -d @1700000000 etc/a etc/b etc . && rm -r opt", "sh", dir]);
        });
        digests.push(await layers.diffId((await layers.commit(key)).id));
      }
      assert.equal(digests[0], digests[1]);
    });

    it("computes digests in the time of whose layer it is: nobody waits for another's", async () => {
      const greedy = Promise.withResolvers<void>();
      const spent: string[] = [];
      const timeOf = (who: string, wait?: Promise<void>): ThreadTime => ({
        spend: async <T>(work: () => T): Promise<Awaited<T>> => {
          await wait;
          spent.push(who);
          return await work();
        },
      });
      const [ada, bob] = [timeOf("ada", greedy.promise), timeOf("bob")];
      const commit = async (key: string, time: ThreadTime, parent?: LayerID) => {
        await storage.snapshots.prepare(key, parent);
        await root.inside(key, (dir) => writeFileSync(join(dir, key), key));
        return (await layers.commit(key, time)).id;
      };
      const first = await commit("first", ada);
      const second = await commit("second", ada);
      // On a layer that waits in the other's queue: it is computed for who needs it.
      const onSecond = await commit("on-second", bob, second);
      const own = await commit("own", bob);
      await Promise.all([layers.diffId(own), layers.diffId(onSecond)]);
      assert.deepEqual(new Set(spent), new Set(["bob"]));
      const onFirst = await commit("on-first", bob, first);
      greedy.resolve();
      const digests = await Promise.all([first, second, onFirst].map((id) => layers.diffId(id)));
      assert.equal(new Set(digests).size, 3);
      assert.ok(spent.includes("ada"));
      assert.equal((await bytesOf(layers, onFirst)).length > 0, true);
    });

    it("gives a layer of terabytes of nothing no digest, and does not read it", async () => {
      await storage.snapshots.prepare("sparse", undefined);
      await root.inside("sparse", (dir) => {
        writeFileSync(join(dir, "nothing"), "");
        truncateSync(join(dir, "nothing"), 8 * 1024 ** 4);
      });
      const { id } = await layers.commit("sparse");
      await assert.rejects(
        layers.diffId(id),
        (error: Error) => error instanceof OutOfRange && error.message.startsWith("nothing: a layer's files have"),
      );
    });

    it("unpacks one chain once", async () => {
      const diffId = digestOf(base) as DiffID;
      const [first, second] = await Promise.all([apply(base, undefined, diffId), apply(base, undefined, diffId)]);
      const unused = streamOf(base);
      const third = await layers.apply(unused, { parent: undefined, diffId });
      const fourth = await apply(base);
      assert.equal(unused.destroyed, true);
      assert.deepEqual([second?.id, third.id, fourth.id], [first?.id, first?.id, first?.id]);
      assert.equal(layers.list().length, 1);
      const top = await apply(changes, third.id);
      const chain = chainIdOf([diffId, digestOf(changes) as DiffID]);
      assert.equal(layers.findByChain(chain as ChainID)?.id, top.id);
      assert.equal(layers.findByChain(digestOf("x") as string as ChainID), undefined);
    });

    it("uses a committed layer at once, and knows its diffID after a restart in between", async () => {
      const bottom = await apply(base);
      await storage.snapshots.prepare("again", bottom.id);
      const layer = await layers.commit("again");
      await storage.snapshots.prepare("child", layer.id);
      await reopen();
      assert.match(await layers.diffId(layer.id), /^sha256:/);
      assert.equal((await bytesOf(layers, layer.id)).length, 1024);
    });

    it("keeps nothing of a layer that is refused or cancelled", async () => {
      const wrong = digestOf("wrong") as DiffID;
      await assert.rejects(apply(base, undefined, wrong), DataLoss);
      await assert.rejects(apply(Buffer.alloc(1000, "x")), InvalidArgument);
      await assert.rejects(layers.apply(archiveStream({ name: "../x" }), { parent: undefined }), InvalidArgument);
      await assert.rejects(apply(archive({ name: ".wh..wh..opq" })), InvalidArgument);
      await assert.rejects(apply(archive({ name: "a/.wh..." })), InvalidArgument);
      await assert.rejects(apply(base, "missing" as LayerID), NotFound);
      const signal = AbortSignal.abort(new Error("enough"));
      await assert.rejects(layers.apply(streamOf(base), { parent: undefined, signal }), Cancelled);
      await storage.snapshots.idle();
      assert.deepEqual(layers.list(), []);
      assert.deepEqual(storage.snapshots.list(), []);
      assert.deepEqual(readdirSync(join(root.base, "data/layers")), []);
      assert.deepEqual(readdirSync(join(root.base, "data/snapshots", snapshotter)), ["trash"]);
    });

    it("unpacks a large blob as it does a stream, and keeps nothing of one that is refused or cancelled", async () => {
      const large = archive({ name: "etc/.wh.gone" }, { name: "large", content: randomBytes(1_500_000) });
      const ingest = (bytes: Buffer) =>
        storage.content.ingest(streamOf(bytes), { ref: "blob" }).then(({ digest }) => digest);
      const blob = await ingest(gzipSync(large));
      const bottom = await apply(base);
      const wrong = { parent: bottom.id, diffId: digestOf("wrong") as DiffID };
      await assert.rejects(layers.applyBlob(blob, wrong), DataLoss);
      const noise = await ingest(randomBytes(1_500_000));
      await assert.rejects(layers.applyBlob(noise, { parent: bottom.id }), InvalidArgument);
      const signal = AbortSignal.abort(new Error("enough"));
      await assert.rejects(layers.applyBlob(blob, { parent: bottom.id, signal }), Cancelled);
      assert.deepEqual(
        layers.list().map(({ id }) => id),
        [bottom.id],
      );
      let told = 0;
      const top = await layers.applyBlob(blob, {
        parent: bottom.id,
        diffId: digestOf(large) as DiffID,
        onProgress: (bytes) => (told = bytes),
      });
      assert.deepEqual([top.diffId, top.size, told > 0], [digestOf(large), 1_500_000, true]);
      assert.deepEqual(await bytesOf(layers, top.id), large);
      const twin = await layers.apply(streamOf(large), { parent: bottom.id });
      assert.equal(twin.id, top.id);
    });

    it("never takes overlayfs's marks from an archive", async () => {
      const xattrs = new Map([
        ["trusted.overlay.redirect", Buffer.from("/etc")],
        ["trusted.overlay.opaque", Buffer.from("y")],
        ["user.kept", Buffer.from("1")],
      ]);
      const bottom = await apply(base);
      const top = await apply(archive({ name: "opt", type: "directory", xattrs }), bottom.id);
      const { dir } = storage.snapshots.tree(top.id);
      const found = execFileSync("getfattr", ["-d", "-m", "-", join(dir, "opt")], { encoding: "utf8" });
      assert.match(found, /user\.kept/);
      assert.doesNotMatch(found, /trusted/);
      assert.ok((await root.describe(top.id)).some((line) => line.startsWith("./opt/tool/a ")));
    });

    it("lists what a container changed", async () => {
      const bottom = await apply(base);
      await storage.snapshots.prepare("c", bottom.id);
      await root.inside("c", (dir) => {
        rmSync(join(dir, "etc/gone"));
        writeFileSync(join(dir, "etc/keep"), "changed");
        writeFileSync(join(dir, "new"), "");
      });
      assert.deepEqual(await storage.differ.changes("c"), [
        { path: "/etc", kind: "modified" },
        { path: "/etc/gone", kind: "deleted" },
        { path: "/etc/keep", kind: "modified" },
        { path: "/new", kind: "added" },
      ]);
    });

    it("notices files that were changed behind its back", async () => {
      const bottom = await apply(base);
      const { dir } = storage.snapshots.tree(bottom.id);
      assert.equal(readFileSync(join(dir, "etc/keep"), "utf8"), "1");
      writeFileSync(join(dir, "etc/keep"), "2");
      await assert.rejects(bytesOf(layers, bottom.id), DataLoss);
      rmSync(join(dir, "etc/keep"));
      await assert.rejects(bytesOf(layers, bottom.id), DataLoss);
    });

    it("falls back on the compressed blob for an archive with one file twice", async () => {
      const twice = archive({ name: "a", content: "first" }, { name: "a", content: "second" });
      const layer = await apply(twice);
      await assert.rejects(layers.openTar(layer.id), DataLoss);
      const packed = gzipSync(twice);
      const { digest, size } = await storage.content.ingest(streamOf(packed), { ref: "twice" });
      storage.blobs.made.record(await layers.diffId(layer.id), { digest, size, mediaType: "tar+gzip" });
      assert.ok((await bytesOf(layers, layer.id)).equals(twice));
      assert.deepEqual(root.errors, []);
    });
  });
}

function streamOf(bytes: Buffer): Readable {
  return Readable.from([bytes], { objectMode: false });
}

async function bytesOf(layers: LayerStore, id: LayerID): Promise<Buffer> {
  return Buffer.concat(await (await layers.openTar(id)).toArray());
}
