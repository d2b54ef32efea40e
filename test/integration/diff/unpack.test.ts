import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, it } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { packDirectory } from "#engine/diff/pack.ts";
import { unpackTar } from "#engine/diff/unpack.ts";
import { Cancelled, InvalidArgument, NotFound, OutOfRange, PermissionDenied } from "#engine/errdefs/errors.ts";
import { archive, type ArchiveEntry, archiveStream } from "../../fakes/archives.ts";

const skip = process.getuid?.() === 0 ? false : "owners and devices need root";

describe("unpacking and packing", { skip }, () => {
  let base: string;
  let root: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "drydock-unpack-"));
    root = join(base, "root");
    mkdirSync(root);
    writeFileSync(join(base, "victim"), "untouched");
  });
  afterEach(() => {
    assert.equal(readFileSync(join(base, "victim"), "utf8"), "untouched");
    assert.deepEqual(readdirSync(base).toSorted(), ["root", "victim"]);
    rmSync(base, { recursive: true });
  });

  it("passes over what is named like the directory itself and is none", async () => {
    const named = ["", "./", "/", "./."].map((name) => ({ name, content: "no directory" }));
    const link = { name: ".", type: "symlink", linkName: "../victim" } as const;
    await unpackTar(Readable.from([archive(...named, link, { name: "a", content: "x" })], { objectMode: false }), root);
    assert.deepEqual(readdirSync(root), ["a"]);
    assert.equal(readFileSync(join(root, "a"), "utf8"), "x");
  });

  it("unpacks plain, gzip, zstd, xz and bzip2", async () => {
    const plain = archive({ name: "a/b", content: "hello" });
    const kinds: [string, Buffer][] = [
      ["plain", plain],
      ["gzip", gzipSync(plain)],
      ["zstd", zstdCompressSync(plain)],
      ["xz", execFileSync("xz", ["-c"], { input: plain })],
      ["bzip2", execFileSync("bzip2", ["-c"], { input: plain })],
    ];
    for (const [kind, bytes] of kinds) {
      const dir = join(root, kind);
      mkdirSync(dir);
      await unpackTar(Readable.from([bytes], { objectMode: false }), dir);
      assert.equal(readFileSync(join(dir, "a/b"), "utf8"), "hello", kind);
    }
  });

  it("refuses names and hard links that lead out", async () => {
    const hostile: ArchiveEntry[] = [
      { name: "../victim", content: "x" },
      { name: "a/../../victim", content: "x" },
      { name: "..", type: "directory" },
      { name: "hard", type: "link", linkName: "../victim" },
      { name: "hard", type: "link", linkName: "missing" },
      { name: "n".repeat(256), content: "x" },
      { name: "d/".repeat(2100) + "x", content: "x" },
      { name: "ids", uid: 4_294_967_295 },
    ];
    for (const entry of hostile) {
      await assert.rejects(unpackTar(archiveStream(entry), root), InvalidArgument, entry.name.slice(0, 20));
    }
    assert.ok(!existsSync(join(root, "hard")));
  });

  it("takes absolute names as names beneath the directory, above which there is nothing", async () => {
    for (const name of ["/etc/x", "/../etc/x", "/etc/../../etc/y/../x", "other/../etc/x"]) {
      await unpackTar(archiveStream({ name, content: name }), root);
      assert.equal(readFileSync(join(root, "etc/x"), "utf8"), name);
    }
    assert.deepEqual(readdirSync(root), ["etc"]);
  });

  it("stores links as they are and never writes through them to outside", async () => {
    await unpackTar(
      archiveStream(
        { name: "up", type: "symlink", linkName: ".." },
        { name: "abs", type: "symlink", linkName: base },
        { name: "deep", type: "symlink", linkName: "../../../../../../../.." },
        { name: "up/victim", content: "overwritten" },
        { name: "deep/victim2", content: "x" },
        { name: "file", type: "symlink", linkName: "../victim" },
        { name: "file", content: "replaces the link" },
      ),
      root,
    );
    assert.equal(readlinkSync(join(root, "up")), "..");
    assert.equal(readFileSync(join(root, "victim"), "utf8"), "overwritten");
    assert.equal(readFileSync(join(root, "victim2"), "utf8"), "x");
    assert.ok(lstatSync(join(root, "file")).isFile());
    const through = archiveStream({ name: "abs/victim", content: "x" });
    await assert.rejects(unpackTar(through, root), InvalidArgument);
    const hard = archiveStream(
      { name: "l", type: "symlink", linkName: "../victim" },
      { name: "h", type: "link", linkName: "l" },
      { name: "h", content: "x" },
    );
    await unpackTar(hard, root);
  });

  it("does not follow what somebody put there before", async () => {
    symlinkSync(base, join(root, "dir"));
    await assert.rejects(unpackTar(archiveStream({ name: "dir/victim", content: "x" }), root), InvalidArgument);
    await unpackTar(archiveStream({ name: "dir", type: "directory" }), root);
    assert.ok(lstatSync(join(root, "dir")).isDirectory());
  });

  it("handles devices as it is told", async () => {
    const device: ArchiveEntry = { name: "null", type: "character", deviceMajor: 1, deviceMinor: 3 };
    await assert.rejects(unpackTar(archiveStream(device), root), PermissionDenied);
    await unpackTar(archiveStream(device), root, { devices: "skip" });
    assert.ok(!existsSync(join(root, "null")));
    await unpackTar(archiveStream(device), root, { devices: "make" });
    assert.ok(lstatSync(join(root, "null")).isCharacterDevice());
    const mark: ArchiveEntry = { name: "mark", type: "character" };
    await assert.rejects(unpackTar(archiveStream(mark), root, { devices: "make" }), PermissionDenied);
  });

  it("stops bombs at the limits", async () => {
    const bomb = gzipSync(archive({ name: "zeros", content: Buffer.alloc(5_000_000) }));
    const stream = () => Readable.from([bomb], { objectMode: false });
    await assert.rejects(unpackTar(stream(), root, { limits: { bytes: 4_999_999 } }), OutOfRange);
    await unpackTar(stream(), root, { limits: { bytes: 5_000_000 } });
    const many = Array.from({ length: 11 }, (_, index) => ({ name: `f${index}` }));
    await assert.rejects(unpackTar(archiveStream(...many), root, { limits: { entries: 10 } }), OutOfRange);
  });

  it("says what is wrong with damaged archives, and stops when told", async () => {
    const packed = gzipSync(archive({ name: "a", content: Buffer.alloc(100_000, "random?") }));
    const cut = Readable.from([packed.subarray(0, packed.length - 20)], { objectMode: false });
    await assert.rejects(unpackTar(cut, root), InvalidArgument);
    await assert.rejects(
      unpackTar(Readable.from([Buffer.alloc(600, "x")], { objectMode: false }), root),
      InvalidArgument,
    );
    const endless = new Readable({ read() {} });
    const abort = new AbortController();
    const unpacking = unpackTar(endless, root, { signal: abort.signal });
    setImmediate(() => abort.abort(new Error("enough")));
    await assert.rejects(unpacking, Cancelled);
    assert.equal(endless.destroyed, true);
  });

  it("does not swap kinds when told not to", async () => {
    mkdirSync(join(root, "dir"));
    writeFileSync(join(root, "file"), "");
    const keep = { keepKinds: "/in/here" };
    await assert.rejects(unpackTar(archiveStream({ name: "dir", content: "x" }), root, keep), InvalidArgument);
    await assert.rejects(unpackTar(archiveStream({ name: "file", type: "directory" }), root, keep), InvalidArgument);
    await unpackTar(archiveStream({ name: "dir", type: "directory" }, { name: "file", content: "y" }), root, keep);
  });

  it("shifts ids both ways and keeps what files are", async () => {
    const entries: ArchiveEntry[] = [
      { name: "d", type: "directory", mode: 0o2750, uid: 5, gid: 6 },
      { name: "d/suid", mode: 0o4755, uid: 7, gid: 8, content: "x", mtimeNs: 1_600_000_000_123_456_789n },
      { name: "d/hard", type: "link", linkName: "d/suid" },
      { name: "d/link", type: "symlink", linkName: "suid", uid: 9 },
      { name: "d/pipe", type: "fifo", mode: 0o600 },
    ];
    await unpackTar(archiveStream(...entries), root, { hostBase: 100_000 });
    const suid = statSync(join(root, "d/suid"), { bigint: true });
    assert.deepEqual([suid.uid, suid.gid, suid.mode & 0o7777n], [100_007n, 100_008n, 0o4755n]);
    assert.equal(suid.mtimeNs, 1_600_000_000_123_456_789n);
    assert.equal(suid.nlink, 2n);
    assert.equal(statSync(join(root, "d")).mtimeMs, 1_700_000_000_000);
    execFileSync("setfattr", ["-n", "user.note", "-v", "hi", join(root, "d/suid")]);

    const packed = packDirectory(root, "d", { hostBase: 100_000, subsecond: true });
    const copy = join(root, "copy");
    mkdirSync(copy);
    await unpackTar(packed, copy);
    const [first, second] = ["d", "copy/d"].map((dir) =>
      execFileSync("sh", ["-c", "cd $1 && find . -printf '%p %y %m %s %T@ %l %n\n' | sort", "sh", join(root, dir)], {
        encoding: "utf8",
      }),
    );
    assert.equal(second, first);
    assert.equal(statSync(join(copy, "d/suid")).uid, 7);
    const note = execFileSync("getfattr", ["--only-values", "-n", "user.note", join(copy, "d/suid")]);
    assert.equal(note.toString(), "hi");
  });

  it("packs the same bytes for the same files, and what it is asked for", async () => {
    await unpackTar(archiveStream({ name: "b/2", content: "2" }, { name: "b/1", content: "1" }, { name: "a" }), root);
    const bytes = async (...args: Parameters<typeof packDirectory>) =>
      Buffer.concat(await packDirectory(...args).toArray());
    assert.ok((await bytes(root, "b")).equals(await bytes(root, "/b/")));
    const names = (tar: Buffer) =>
      execFileSync("tar", ["tf", "-"], { input: tar, encoding: "utf8" }).trim().split("\n");
    assert.deepEqual(names(await bytes(root, "", { name: "" })), ["a", "b/", "b/1", "b/2"]);
    assert.deepEqual(names(await bytes(root, "b/1", { name: "renamed" })), ["renamed"]);
    const filter = (path: string) => path !== "b";
    assert.deepEqual(names(await bytes(root, "", { name: "top", filter })), ["top/", "top/a"]);
    assert.throws(() => packDirectory(root, "missing"), NotFound);
  });
});
