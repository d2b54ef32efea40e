import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { diskMachine } from "../../fakes/disk-machine.ts";
import { startRegistry, whyNoRegistry } from "../remotes/registry.ts";

const skip = process.getuid?.() === 0 ? (whyNoRegistry() ?? false) : "needs root";

/** A small file system with links, modes, times and an xattr-free device-free rest. */
function fileSystem(directory: string): Buffer {
  const root = mkdtempSync(join(directory, "rootfs-"));
  mkdirSync(join(root, "bin"));
  writeFileSync(join(root, "bin/tool"), randomBytes(300_000), { mode: 0o4755 });
  writeFileSync(join(root, "empty"), "");
  const script = `cd "$1" && ln bin/tool bin/other && ln -s ../bin/tool link && mkdir -m 1777 tmp && chown 7:8 empty && tar -cf - .`;
  return spawnSync("sh", ["-c", script, "sh", root], { maxBuffer: 1 << 26 }).stdout;
}

test("a real image goes through a registry, skopeo and an archive, and stays the same", { skip }, async (t) => {
  const registry = await startRegistry();
  t.after(registry.stop);
  const disks = [diskMachine(), diskMachine(), diskMachine()] as const;
  t.after(() => disks.forEach((disk) => disk.close()));
  const [one, two, three] = await Promise.all([disks[0].open(), disks[1].open(), disks[2].open()]);
  t.after(() => Promise.all([one, two, three].map((machine) => machine.shut())));

  const a = one.tenant("t-one");
  const name = `${registry.host}/app:1`;
  const tar = fileSystem(disks[0].directory);
  const image = await a.archives.import(Readable.from([tar]), { name, message: "", changes: ['CMD ["/bin/tool"]'] });
  await a.transfer.push(name);

  const b = two.tenant("t-one");
  const pulled = await b.transfer.pull(name);
  assert.equal(pulled.id, image.id);
  const layer = pulled.layers[0];
  assert.ok(layer !== undefined);
  assert.deepEqual(Buffer.concat(await (await two.storage.layers.openTar(layer)).toArray()), tar);
  assert.equal((await b.transfer.push(name)).digest, pulled.manifest?.digest);

  const archive = join(disks[2].directory, "archive.tar");
  const copied = spawnSync("skopeo", [
    "copy",
    "--src-tls-verify=false",
    `docker://${name}`,
    `docker-archive:${archive}:copied:1`,
  ]);
  assert.equal(copied.status, 0, copied.stderr.toString());
  const { createReadStream } = await import("node:fs");
  const c = three.tenant("t-one");
  const [fromSkopeo] = await c.archives.load(createReadStream(archive));
  assert.deepEqual(fromSkopeo?.tags, ["copied:1"]);
  assert.deepEqual(c.images.get("copied:1").layers.length, 1);
  const saved = Buffer.concat(await (await b.archives.save([name])).toArray());
  const [loaded] = await c.archives.load(Readable.from([saved]));
  assert.equal(loaded?.image.id, image.id);
  assert.equal(three.storage.layers.list().length, 1, "both archives hold the same layer");

  const oci = join(disks[1].directory, "saved.tar");
  writeFileSync(oci, saved);
  for (const kind of ["docker-archive", "oci-archive"]) {
    const target = mkdtempSync(join(disks[1].directory, "out-"));
    const read = spawnSync("skopeo", ["copy", `${kind}:${oci}`, `dir:${target}`]);
    assert.equal(read.status, 0, `${kind}: ${read.stderr.toString()}`);
    rmSync(target, { recursive: true });
  }
});

test("garbage collection keeps what images need, across a restart, and takes the rest", { skip }, async (t) => {
  const registry = await startRegistry();
  t.after(registry.stop);
  const disk = diskMachine();
  t.after(disk.close);
  let machine = await disk.open();
  t.after(() => machine.shut());
  const name = `${registry.host}/app:1`;
  const { archives, transfer } = machine.tenant("t-one");
  const tar = fileSystem(disk.directory);
  await archives.import(Readable.from([tar]), { name, message: "", changes: [] });
  await transfer.push(name);
  await machine.storage.gc.collect();
  await machine.shut();
  machine = await disk.open();
  await machine.storage.gc.collect();
  const after = machine.tenant("t-one");
  const { manifest } = after.images.get(name);
  assert.equal(
    (await after.transfer.push(name)).digest,
    manifest?.digest,
    "manifest and compressed layer are still there",
  );

  after.images.remove(name, { force: false, prune: true });
  await machine.storage.gc.collect();
  assert.deepEqual(machine.storage.layers.list(), []);
  const left: string[] = [];
  for await (const { digest } of machine.storage.content.list()) {
    left.push(digest);
  }
  assert.deepEqual(left, []);
});
