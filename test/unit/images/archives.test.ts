import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { DiskFull } from "#engine/errdefs/errors.ts";
import { LocalImageArchives } from "../../../server/engine/images/archives.ts";
import { digestOf } from "../../../server/engine/oci/digest.ts";
import { memoryMachine } from "../../fakes/transfer.ts";

function setup(t: TestContext) {
  const machine = memoryMachine();
  const directory = mkdtempSync(join(tmpdir(), "drydock-archives-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  t.after(() => machine.client.close());
  const { images } = machine.tenant("t-one");
  const staging = join(directory, "staging");
  mkdirSync(staging);
  const { content, layers, leases } = machine;
  const disk = { room: 1 << 20, full: () => new DiskFull("no space left on device: more than the rest") };
  const archives = new LocalImageArchives({ images, content, layers, leases, directory: staging, disk: () => disk });
  return { machine, images, archives, directory, staging };
}

/** A tar of the given files, made by the system's tar. */
function tarOf(directory: string, files: Record<string, string | Buffer>): Buffer {
  const root = mkdtempSync(join(directory, "tar-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  const result = spawnSync("tar", ["-C", root, "-cf", "-", "."], { maxBuffer: 1 << 26 });
  assert.equal(result.status, 0, result.stderr.toString());
  return result.stdout;
}

test("what was saved loads the same elsewhere, shared layers once, in both layouts", async (t) => {
  const one = setup(t);
  const base = Buffer.from("base layer ".repeat(100));
  const a = await one.machine.image(one.images, "app:1", [base, "a"]);
  const b = await one.machine.image(one.images, "app:2", [base, "b"]);
  one.images.tag("app:1", "localhost:5000/other:x");
  const saved = Buffer.concat(await (await one.archives.save(["app", "localhost:5000/other:x"])).toArray());
  assert.equal(one.machine.leases.held.size, 0);

  const listing = spawnSync("tar", ["-tf", "-"], { input: saved, encoding: "utf8" });
  assert.equal(listing.status, 0, listing.stderr);
  const names = listing.stdout.trim().split("\n");
  assert.equal(names.length, new Set(names).size);
  assert.equal(names.filter((name) => /^blobs\/sha256\/[0-9a-f]{64}$/.test(name)).length, 3 + 2 + 2);
  const read = (name: string): unknown =>
    JSON.parse(spawnSync("tar", ["-xOf", "-", name], { input: saved, encoding: "utf8" }).stdout);
  const told = read("manifest.json") as {
    RepoTags: string[];
    Layers: string[];
    LayerSources: Record<string, { mediaType: string; size: number; digest: string }>;
  }[];
  assert.deepEqual(
    told.map(({ RepoTags }) => RepoTags),
    [["app:1", "localhost:5000/other:x"], ["app:2"]],
  );
  const [first] = told;
  const sources = Object.entries(first?.LayerSources ?? {});
  assert.deepEqual(
    sources.map(([digest, source]) => [`blobs/sha256/${digest.slice(7)}`, source.digest, source.mediaType]),
    first?.Layers.map((name) => [name, `sha256:${name.slice(13)}`, "application/vnd.oci.image.layer.v1.tar"]),
  );
  assert.equal(sources[0]?.[1].size, base.length);
  const tagsOf = Object.entries(read("repositories") as object).map(([name, tags]) => [name, Object.keys(tags)]);
  assert.deepEqual(tagsOf, [
    ["app", ["1", "2"]],
    ["localhost:5000/other", ["x"]],
  ]);
  for (const packed of [saved, gzipSync(saved)]) {
    const two = setup(t);
    const read = new Set<string>();
    const loaded = await two.archives.load(Readable.from([packed]), { onLayer: (layer) => void read.add(layer) });
    assert.deepEqual(loaded.map(({ image }) => image.id).toSorted(), [a.id, b.id].toSorted());
    assert.deepEqual(two.images.get(a.id).tags, ["app:1", "localhost:5000/other:x"]);
    assert.equal(two.machine.layers.applied, 3);
    assert.equal(read.size, 3);
    assert.deepEqual(readdirSync(two.staging), []);
  }
  // The same without manifest.json is an OCI layout.
  const unpacked = mkdtempSync(join(one.directory, "oci-"));
  spawnSync("tar", ["-C", unpacked, "-xf", "-"], { input: saved });
  rmSync(join(unpacked, "manifest.json"));
  const oci = spawnSync("tar", ["-C", unpacked, "-cf", "-", "."]).stdout;
  const three = setup(t);
  await three.archives.load(Readable.from([oci]));
  assert.deepEqual(three.images.get("app:2").id, b.id);
  assert.deepEqual(three.images.get(a.id).tags, ["app:1", "localhost:5000/other:x"]);
});

test("the layout of Docker before 25 holds each layer once, and is loaded again", async (t) => {
  const one = setup(t);
  const base = Buffer.from("base layer ".repeat(100));
  const a = await one.machine.image(one.images, "app:1", [base, "a"]);
  const b = await one.machine.image(one.images, "app:2", [base, "b", base]);
  const stream = await one.archives.save(["app"], { layout: "legacy" });
  const saved = Buffer.concat(await stream.toArray());
  const tar = (...args: string[]) => spawnSync("tar", args, { input: saved, encoding: "utf8" }).stdout;
  const names = tar("-tvf", "-")
    .trim()
    .split("\n")
    .map((line) => line.replace(/^.* \d\d:\d\d /, ""));
  assert.equal(names.filter((name) => /^[0-9a-f]{64}\/layer\.tar$/.test(name)).length, 3);
  // The second time a layer is used, it is a link to the first.
  assert.equal(names.filter((name) => /layer\.tar -> \.\.\/[0-9a-f]{64}\/layer\.tar$/.test(name)).length, 1);
  assert.deepEqual(names.slice(-2), ["manifest.json", "repositories"]);
  const manifest = JSON.parse(tar("-xOf", "-", "manifest.json")) as { Config: string; Layers: string[] }[];
  assert.deepEqual(
    manifest.map(({ Config, Layers }) => [Config, Layers.length]),
    [a, b].map((image, index) => [`${image.id.slice(7)}.json`, 2 + index]),
  );
  // moby 20.10 gives the lowest layer's directory a name that depends on its chainID alone.
  const config =
    '{"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,' +
    '"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":null,"Cmd":null,"Image":"","Volumes":null,' +
    '"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":null}';
  const id = digestOf(
    `{"container_config":${config},"created":"1970-01-01T00:00:00Z","layer_id":"${digestOf(base)}"}`,
  ).slice(7);
  assert.equal(manifest[0]?.Layers[0], `${id}/layer.tar`);
  const two = setup(t);
  const loaded = await two.archives.load(Readable.from([saved]));
  assert.deepEqual(
    loaded.map(({ image, tags }) => [image.id, tags]),
    [
      [a.id, ["app:1"]],
      [b.id, ["app:2"]],
    ],
  );
  const again = await two.archives.load(Readable.from([saved]));
  assert.deepEqual(
    again.flatMap(({ replaced }) => replaced),
    [],
  );
  two.images.tag(b.id, "app:1");
  const third = await two.archives.load(Readable.from([saved]));
  assert.deepEqual(third[0]?.replaced, [{ name: "app:1", id: b.id }]);
});

test("an image saved by id has no name", async (t) => {
  const one = setup(t);
  const image = await one.machine.image(one.images, "app", ["a"]);
  const saved = Buffer.concat(await (await one.archives.save([image.id.slice(7, 19)])).toArray());
  const two = setup(t);
  const [loaded] = await two.archives.load(Readable.from([saved]));
  assert.equal(loaded?.image.id, image.id);
  assert.deepEqual(loaded?.tags, []);
  await assert.rejects(two.archives.save(["nope"]), { name: "NotFound", message: "No such image: nope:latest" });
});

test("hostile and broken archives are refused and leave nothing", async (t) => {
  const { archives, directory, staging, images } = setup(t);
  const layer = "layer";
  const good = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [digestOf(layer)] } };
  const manifest = (entry: object) =>
    JSON.stringify([{ Config: "c.json", RepoTags: ["x:1"], Layers: ["l"], ...entry }]);
  const config = JSON.stringify(good);
  const cases: [string, Buffer, RegExp][] = [
    ["no tar", Buffer.from("hello".repeat(500)), /./],
    ["empty", Buffer.alloc(0), /./],
    ["no image", tarOf(directory, { "etc/passwd": "x" }), /neither manifest.json nor index.json/],
    [
      "no list",
      tarOf(directory, { "manifest.json": "{}" }),
      /manifest.json is invalid: .*as docker save writes it: save/,
    ],
    ["no JSON", tarOf(directory, { "manifest.json": "[{" }), /not valid JSON: .*as docker save writes it: save/],
    ["missing config", tarOf(directory, { "manifest.json": manifest({}) }), /c.json is named but not there/],
    [
      "missing layer",
      tarOf(directory, { "manifest.json": manifest({}), "c.json": config }),
      /l is named but not there/,
    ],
    ["upwards", tarOf(directory, { "manifest.json": manifest({ Config: "../../../etc/passwd" }) }), /not there/],
    ["absolute", tarOf(directory, { "manifest.json": manifest({ Config: "/etc/passwd" }) }), /not there/],
    [
      "fewer layers",
      tarOf(directory, { "manifest.json": manifest({ Layers: [] }), "c.json": config }),
      /layers length mismatch: expected 0, got 1/,
    ],
    ["wrong layer", tarOf(directory, { "manifest.json": manifest({}), "c.json": config, l: "other" }), /diffID/],
    [
      "bad tag",
      tarOf(directory, { "manifest.json": manifest({ RepoTags: ["../x"] }), "c.json": config, l: layer }),
      /reference/,
    ],
    ["bomb", gzipSync(tarOf(directory, { "manifest.json": manifest({}), bomb: Buffer.alloc(2 << 20) })), /more than/],
    ["cut off", tarOf(directory, { "manifest.json": manifest({}), "c.json": config, l: layer }).subarray(0, 1500), /./],
  ];
  for (const [name, bytes, message] of cases) {
    await assert.rejects(archives.load(Readable.from([bytes])), (error: Error) => {
      assert.match(error.message, message, name);
      assert.match(error.name, /^(InvalidArgument|DataLoss|DiskFull|Unknown)$/, name);
      return true;
    });
    assert.deepEqual(readdirSync(staging), [], name);
    assert.deepEqual(images.list(), [], name);
  }
});

test("of a file that is there several times, the last counts", async (t) => {
  const { archives, directory } = setup(t);
  const root = mkdtempSync(join(directory, "twice-"));
  const config = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [digestOf("l")] } };
  writeFileSync(join(root, "manifest.json"), JSON.stringify([{ Config: "c.json", RepoTags: ["x:1"], Layers: ["l"] }]));
  writeFileSync(join(root, "c.json"), JSON.stringify(config));
  writeFileSync(join(root, "l"), "l");
  const names = ["l", "l", "l", "c.json", "c.json", "manifest.json"];
  const { stdout } = spawnSync("tar", ["-C", root, "-cf", "-", ...names]);
  const [loaded] = await archives.load(Readable.from([stdout]));
  assert.deepEqual(loaded?.tags, ["x:1"]);
});

test("a link in an archive leads to another entry, never out of it", async (t) => {
  const { archives, directory } = setup(t);
  const root = mkdtempSync(join(directory, "links-"));
  const config = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [digestOf("l")] } };
  writeFileSync(join(root, "real.tar"), "l");
  writeFileSync(join(root, "c.json"), JSON.stringify(config));
  writeFileSync(join(root, "manifest.json"), '[{"Config":"c.json","RepoTags":["linked:1"],"Layers":["a/layer.tar"]}]');
  const make = (target: string) => {
    const script = `cd "$1" && rm -rf a && mkdir a && ln -s "$2" a/layer.tar && tar -cf - .`;
    return spawnSync("sh", ["-c", script, "sh", root, target]).stdout;
  };
  const [loaded] = await archives.load(Readable.from([make("../real.tar")]));
  assert.deepEqual(loaded?.tags, ["linked:1"]);
  await assert.rejects(setup(t).archives.load(Readable.from([make("/etc/hostname")])), { message: /not there/ });
  await assert.rejects(setup(t).archives.load(Readable.from([make("layer.tar")])), { message: /not there/ });
});

test("import makes an image of one layer", async (t) => {
  const { archives, images } = setup(t);
  const image = await archives.import(Readable.from([Buffer.from("rootfs")]), {
    name: "imported:1",
    message: "from a test",
    changes: ['CMD ["sh"]', "ENV A=b"],
  });
  assert.deepEqual(images.get("imported:1").config.config, { Cmd: ["sh"], Env: ["A=b"] });
  assert.equal(image.config.history?.[0]?.comment, "from a test");
  const options = { name: "Bad", message: "", changes: [] };
  await assert.rejects(archives.import(Readable.from(["x"]), options), { name: "InvalidArgument" });
});
