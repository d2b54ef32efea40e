import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { after, describe, it } from "node:test";
import { type ContextFiles, UploadedContexts } from "#engine/builds/upload-context.ts";
import type { SafeStat } from "#engine/mount/safe-stat.ts";
import { archive } from "../../fakes/archives.ts";

const skip = process.getuid?.() === 0 ? false : "files are given to their owners, which needs root";

describe("contexts that clients send", { skip }, () => {
  const directory = mkdtempSync(path.join(tmpdir(), "drydock-uploads-"));
  after(() => rmSync(directory, { recursive: true, force: true }));

  function tarOf(files: Record<string, string>, more: (root: string) => void = () => undefined): Buffer {
    const root = mkdtempSync(path.join(directory, "tree-"));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), content);
    }
    more(root);
    return execFileSync("tar", ["--mtime=2026-01-02 03:04:05Z", "-c", "."], { cwd: root, maxBuffer: 8 << 20 });
  }

  async function start(name: string, files?: ContextFiles) {
    const contexts = new UploadedContexts(path.join(directory, name), files);
    await contexts.recover();
    const unpack = (tar: Buffer, tenant = "one", limitBytes?: number) =>
      contexts.unpack(Readable.from([tar]), { tenant, limitBytes, signal: new AbortController().signal });
    return { unpack, top: path.join(directory, name) };
  }

  it("take files that have not changed from the one before, and nothing else", async () => {
    const moved: [SafeStat, SafeStat][] = [];
    const learned = new Map<bigint, { stat: SafeStat; sha256: string | undefined }>();
    const { unpack, top } = await start("same", {
      moved: (...pair) => moved.push(pair),
      learned: (stat, sha256) => learned.set(stat.ino, { stat, sha256 }),
    });
    const first = await unpack(
      tarOf({ "d/same": "same", "d/changed": "one", gone: "gone", "d/mode": "m", big: "x".repeat(3 << 20) }),
    );
    const inode = (root: string, name: string): number => lstatSync(path.join(root, name)).ino;
    const before = inode(first.root, "d/same");
    const changed = inode(first.root, "d/changed");
    await first.dispose();
    await first.dispose();
    const second = await unpack(
      tarOf({ "d/same": "same", "d/changed": "two", "d/mode": "m", big: "x".repeat(3 << 20) }, (root) =>
        execFileSync("chmod", ["750", path.join(root, "d/mode")]),
      ),
    );
    assert.equal(inode(second.root, "d/same"), before);
    assert.notEqual(inode(second.root, "d/changed"), changed);
    assert.equal(readFileSync(path.join(second.root, "d/changed"), "utf8"), "two");
    assert.equal(lstatSync(path.join(second.root, "d/mode")).mode & 0o7777, 0o750);
    assert.equal(lstatSync(path.join(second.root, "big")).size, 3 << 20);
    assert.equal(lstatSync(path.join(second.root, "d/same")).mtime.toISOString(), "2026-01-02T03:04:05.000Z");
    assert.deepEqual(readdirSync(second.root).toSorted(), ["big", "d"]);
    assert.deepEqual(readdirSync(top), [path.basename(second.root)], "what was not taken is removed");
    const pair = moved.find(([, { ino }]) => Number(ino) === before);
    assert.equal(pair?.[1].ctimeNs, lstatSync(path.join(second.root, "d/same"), { bigint: true }).ctimeNs);
    const known = (name: string) => learned.get(lstatSync(path.join(second.root, name), { bigint: true }).ino);
    assert.equal(known("d/changed")?.sha256, createHash("sha256").update("two").digest("hex"));
    const { size, mtimeNs, ctimeNs } = lstatSync(path.join(second.root, "d/changed"), { bigint: true });
    assert.deepEqual(
      [known("d/changed")?.stat].map((stat) => [stat?.size, stat?.mtimeNs, stat?.ctimeNs]),
      [[Number(size), mtimeNs, ctimeNs]],
      "as it stays",
    );
    const big = known("big");
    assert.ok(big !== undefined, "what had its inode before is forgotten");
    assert.equal(big.sha256, undefined, "what came in pieces is read when it is needed");
    await second.dispose();
  });

  it("have nothing above them: names that lead there are names in them", async () => {
    const { unpack } = await start("above");
    for (const content of ["first", "second"]) {
      const names = ["../a", "/../b", "c/../../../d", "e/../f"];
      const context = await unpack(archive(...names.map((name) => ({ name, content }))));
      assert.deepEqual(readdirSync(context.root).toSorted(), ["a", "b", "d", "f"]);
      assert.equal(readFileSync(path.join(context.root, "d"), "utf8"), content);
      await context.dispose();
    }
  });

  it("never follow links of the one before, nor take a file of two names", async () => {
    const { unpack } = await start("links");
    const first = await unpack(
      tarOf({ "real/f": "f", a: "twice" }, (root) => {
        symlinkSync("real", path.join(root, "link"));
        linkSync(path.join(root, "a"), path.join(root, "b"));
      }),
    );
    const inodes = ["real/f", "a"].map((name) => lstatSync(path.join(first.root, name)).ino);
    await first.dispose();
    const second = await unpack(tarOf({ "link/f": "f", a: "twice" }));
    assert.ok(lstatSync(path.join(second.root, "link")).isDirectory());
    assert.equal(readFileSync(path.join(second.root, "link/f"), "utf8"), "f");
    assert.equal(readFileSync(path.join(second.root, "a"), "utf8"), "twice");
    assert.ok(!inodes.includes(lstatSync(path.join(second.root, "link/f")).ino));
    assert.ok(!inodes.includes(lstatSync(path.join(second.root, "a")).ino));
    await second.dispose();
  });

  it("are never another tenant's, and keep to the limit", async () => {
    const { unpack } = await start("tenants");
    const first = await unpack(tarOf({ f: "f" }));
    const { ino } = lstatSync(path.join(first.root, "f"));
    await first.dispose();
    const other = await unpack(tarOf({ f: "f" }), "two");
    assert.notEqual(lstatSync(path.join(other.root, "f")).ino, ino);
    await assert.rejects(unpack(tarOf({ f: "f".repeat(5000) }), "one", 1000), /more than 1000 bytes/);
    await other.dispose();
  });

  it("are removed, and taken for the next one, also where names are longer together than a path may be", async () => {
    const names = [...Array.from({ length: 20 }, () => "n".repeat(200)), "e".repeat(70)].join("/");
    const { unpack, top } = await start("deep");
    for (const content of ["first", "second"]) {
      const context = await unpack(archive({ name: `${names}/f`, content }));
      await context.dispose();
      assert.equal(readdirSync(top).length, 1, "the last one is kept");
    }
    await unpack(archive({ name: `${names}/f`, content: "left" }));
    await start("deep");
    assert.deepEqual(readdirSync(top), [], "what a crash left");
  });
});
