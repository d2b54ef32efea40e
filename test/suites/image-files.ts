import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ImageFiles } from "#engine/images/files/image-files.ts";
import type { Image } from "#engine/images/image-store.ts";
import type { LayerID } from "#engine/layers/layer-store.ts";
import { digestOf } from "#engine/oci/digest.ts";
import type { Storage } from "#engine/storage.ts";
import { archive } from "../fakes/archives.ts";
import { StorageRoot } from "../fakes/storage-root.ts";

const base = archive(
  { name: "etc", type: "directory" },
  { name: "etc/keep", content: "kept" },
  { name: "etc/gone", content: "12345" },
  { name: "etc/passwords", type: "symlink", linkName: "/../../../../etc/shadow" },
  { name: "opt/tool/a", content: "aaaa" },
  { name: "opt/tool/b", content: "bb" },
  { name: "big", content: "x".repeat(1000) },
  { name: "kept-too", type: "link", linkName: "etc/keep" },
);
const upper = archive(
  { name: "etc/.wh.gone" },
  { name: ".wh.opt" },
  { name: "big", content: "y".repeat(900) },
  { name: "<script>&$(x)", content: "new" },
);

/** What is shown of images must be the same on every snapshotter. */
export function imageFilesSuite(snapshotter: "overlay" | "copy"): void {
  const skip = process.getuid?.() === 0 ? false : "layers need root";
  describe(`files of images on the ${snapshotter} snapshotter`, { skip }, () => {
    let root: StorageRoot;
    let storage: Storage;
    let files: ImageFiles;
    beforeEach(async () => {
      root = new StorageRoot(snapshotter);
      storage = await root.open({ graceMs: 0 });
      files = new ImageFiles(storage.layers);
    });
    afterEach(() => root.dispose());

    const imageOf = async (...archives: Buffer[]): Promise<Image> => {
      const layers: LayerID[] = [];
      for (const bytes of archives) {
        const { id } = await storage.layers.apply(Readable.from([bytes]), { parent: layers.at(-1) });
        layers.push(id);
      }
      return {
        id: digestOf(layers.join()),
        config: { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } },
        layers,
        tags: [],
        repoDigests: [],
        size: 0,
        taggedAt: 0,
        lastTag: 0,
        standIn: false,
      };
    };
    const rows = async (...[image, path, place]: Parameters<ImageFiles["list"]>) =>
      (await files.list(image, path, place)).entries.map(({ name, size, layer, change }) =>
        `${name} ${size} ${layer} ${change ?? ""}`.trim(),
      );

    it("shows the files of any layer with what it added, changed and deleted", async () => {
      const image = await imageOf(base, upper);
      assert.deepEqual(await rows(image, "/", {}), [
        "etc 4 0",
        "opt 6 0 deleted",
        "<script>&$(x) 3 1 added",
        "big 900 1 changed",
        "kept-too 0 0",
      ]);
      assert.deepEqual(await rows(image, "/opt/tool", {}), ["a 4 0 deleted", "b 2 0 deleted"]);
      assert.deepEqual(await rows(image, "/etc", { changesOnly: true }), ["gone 5 0 deleted"]);
      assert.deepEqual(await rows(image, "/etc", { layer: 0, since: 1 }), ["gone 5 0", "keep 4 0", "passwords 0 0"]);
      const [bottom, top] = await files.layers(image);
      assert.deepEqual([bottom?.added, bottom?.size], [7, 4 + 5 + 4 + 2 + 1000]);
      assert.deepEqual([top?.added, top?.changed, top?.size], [1, 1, 903]);
    });

    it("reads a file of the layer that has it, deleted ones too, and follows no link", async () => {
      const image = await imageOf(base, upper);
      const read = async (path: string, place = {}) => (await files.read(image, path, place)).bytes.toString();
      assert.equal(await read("/etc/keep"), "kept");
      assert.equal(await read("/etc/gone"), "12345");
      assert.equal((await read("/big")).slice(0, 3), "yyy");
      assert.equal((await read("/big", { layer: 0 })).slice(0, 3), "xxx");
      await assert.rejects(files.read(image, "/etc/passwords", {}), /not a regular file/);
      await assert.rejects(files.read(image, "/etc/passwords/x", {}), /no such file/);
      await assert.rejects(files.read(image, "/../../etc/shadow", {}), /no such file/);
      await assert.rejects(files.read(image, "/etc", {}), /not a regular file/);
      await assert.rejects(files.list(image, "/", { layer: 2 }), /has 2 layers/);
    });

    it("counts what layers hold and nobody can see any more", async () => {
      const waste = await files.waste(await imageOf(base, upper));
      assert.equal(waste.bytes, 1000 + 5 + 4 + 2);
      assert.deepEqual(waste.files[0], { path: "/big", bytes: 1000, layer: 0, by: 1, how: "overwritten" });
      assert.deepEqual(waste.files[1], { path: "/etc/gone", bytes: 5, layer: 0, by: 1, how: "deleted" });
      assert.equal(waste.of, 1000 + 4 + 5 + 4 + 2 + 903);
    });

    it("finds files by a piece of their path", async () => {
      const image = await imageOf(base, upper);
      const found = async (text: string, place = {}) =>
        (await files.find(image, text, place)).entries.map(({ path, change }) => `${path} ${change ?? ""}`.trim());
      assert.deepEqual(await found("TOOL/"), ["/opt/tool/a deleted", "/opt/tool/b deleted"]);
      assert.deepEqual(await found("e", { changesOnly: true, since: 1 }), ["/etc", "/etc/gone deleted"]);
    });

    it("compares files by what they hold, not by when they were written", async () => {
      const same = archive(
        { name: "etc", type: "directory" },
        { name: "etc/keep", content: "kept", mtimeNs: 77n },
        { name: "etc/gone", content: "1234X" },
        { name: "big", content: "x".repeat(1000), mode: 0o600 },
        { name: "more", content: "1" },
      );
      const before = await imageOf(base);
      const after = await imageOf(same);
      const { added, removed, changed } = (
        await files.compare({ image: before }, { image: after }, new AbortController().signal)
      ).files;
      assert.deepEqual(
        changed.files.map(({ path, what }) => `${path} ${what?.join()}`),
        ["/big mode", "/etc/gone content"],
      );
      assert.deepEqual(added.files, [{ path: "/more", kind: "file", after: 1 }]);
      assert.deepEqual(
        removed.files.map(({ path, before: bytes, sameAs = "" }) => `${path} ${bytes} ${sameAs}`.trim()),
        ["/etc/passwords 0", "/kept-too 0 /etc/keep", "/opt/tool/a 4", "/opt/tool/b 2"],
      );
    });

    it("reads a layer of many files once", async () => {
      const many = Array.from({ length: 4000 }, (_, index) => ({
        name: `d${index % 40}/f${index}`,
        content: "1",
      }));
      const image = await imageOf(archive(...many));
      const reads: LayerID[] = [];
      files = new ImageFiles({
        entries: (id, limit) => {
          reads.push(id);
          return storage.layers.entries(id, limit);
        },
        openFile: (id, path) => storage.layers.openFile(id, path),
      });
      const { entries, size } = await files.list(image, "/", {});
      assert.deepEqual([entries.length, size], [40, 4000]);
      assert.equal((await files.list(image, "/d7", {})).entries.length, 100);
      assert.equal((await files.find(image, "f399", {})).entries.length, 11);
      assert.equal(reads.length, 1);
    });
  });
}
