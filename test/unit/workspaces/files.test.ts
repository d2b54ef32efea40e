import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { AlreadyExists, Conflict, InvalidArgument, NotFound } from "#engine/errdefs/errors.ts";
import { LocalWorkspaceFiles } from "#engine/workspaces/local-files.ts";
import { TarArchiver } from "#engine/workspaces/tar-archiver.ts";
import { LocalWorkspaceWatch } from "#engine/workspaces/watch.ts";

function workspace(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "drydock-workspace-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const root = join(directory, "files");
  mkdirSync(root);
  // hostBase 0: these tests own what they make, whoever runs them.
  const files = new LocalWorkspaceFiles(
    root,
    new TarArchiver({ hostBase: process.getuid?.() ?? 0, size: 1 }, () => undefined),
    join(directory, "uploads"),
  );
  return { directory, root, files };
}

test("write makes directories, read gives the bytes, list has parents first", async (t) => {
  const { files } = workspace(t);
  const entry = files.write("src/app/main.c", Buffer.from("int main;"));
  assert.equal(entry.size, 9);
  const { entry: again, bytes } = files.read("src/app/main.c");
  assert.equal(again.version, entry.version);
  assert.equal(await text(bytes), "int main;");
  assert.deepEqual(
    files.list().map(({ path, kind }) => [path, kind]),
    [
      ["src", "directory"],
      ["src/app", "directory"],
      ["src/app/main.c", "file"],
    ],
  );
});

test("a name that is not UTF-8 is listed, packed, renamed and removed like any other", async (t) => {
  const { files, root } = workspace(t);
  writeFileSync(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.from([0xff])]), "x");
  files.write("good", Buffer.from("y"));
  // As it goes over the API.
  const listed = JSON.parse(JSON.stringify(files.list())) as { path: string }[];
  assert.deepEqual(listed.map(({ path }) => path).toSorted(), ["bad\udcff", "good"]);
  const tar = await buffer(await files.pack(""));
  assert.ok(tar.includes(Buffer.from([0x62, 0x61, 0x64, 0xff])), "its own bytes are in the tar");
  assert.ok(tar.includes("good"));
  files.rename("bad\udcff", "renamed");
  assert.equal(readFileSync(join(root, "renamed"), "utf8"), "x");
  files.rename("renamed", "again\udcfe");
  await files.remove("again\udcfe");
  assert.deepEqual(readdirSync(root), ["good"]);
});

test("a save over somebody else's change is refused", (t) => {
  const { files, root } = workspace(t);
  const first = files.write("a.txt", Buffer.from("one"));
  files.write("a.txt", Buffer.from("two"), { ifMatch: first.version });
  assert.throws(() => files.write("a.txt", Buffer.from("three"), { ifMatch: first.version }), Conflict);
  assert.equal(readFileSync(join(root, "a.txt"), "utf8"), "two");
});

test("paths and links never lead out", (t) => {
  const { files, root, directory } = workspace(t);
  writeFileSync(join(directory, "secret"), "secret");
  symlinkSync("../secret", join(root, "up"));
  symlinkSync(join(directory, "secret"), join(root, "absolute"));
  symlinkSync("..", join(root, "parent"));
  for (const path of ["../secret", "/etc/passwd", "", "a/../../secret", "./a"]) {
    assert.throws(() => files.read(path), InvalidArgument, path);
  }
  for (const path of ["up", "absolute", "parent/secret"]) {
    assert.throws(() => files.read(path), NotFound, path);
  }
  files.write("parent/secret", Buffer.from("mine"));
  assert.equal(readFileSync(join(directory, "secret"), "utf8"), "secret");
  assert.equal(readFileSync(join(root, "secret"), "utf8"), "mine");
});

test("rename does not replace, nor move a directory into itself", async (t) => {
  const { files } = workspace(t);
  files.write("a", Buffer.from("a"));
  files.write("b", Buffer.from("b"));
  assert.throws(() => files.rename("a", "b"), AlreadyExists);
  assert.equal(files.rename("a", "deep/er/a").path, "deep/er/a");
  assert.throws(() => files.rename("deep", "deep/er/deep"), InvalidArgument);
  await files.remove("deep");
  assert.deepEqual(
    files.list().map(({ path }) => path),
    ["b"],
  );
});

test("what is packed can be unpacked elsewhere", async (t) => {
  const { files } = workspace(t);
  files.write("app/Dockerfile", Buffer.from("FROM scratch\n"));
  const tar = await buffer(await files.pack("app"));
  const count = await files.unpack("copy", Readable.from([tar]), new AbortController().signal);
  assert.equal(count, 1);
  assert.equal(await text(files.read("copy/Dockerfile").bytes), "FROM scratch\n");
});

test("a tar that breaks off or is hostile changes nothing", async (t) => {
  const { files, root, directory } = workspace(t);
  files.write("app/Dockerfile", Buffer.from("FROM scratch\n"));
  files.write("app/big", Buffer.alloc(100_000));
  const tar = await buffer(await files.pack(""));
  files.write("app/Dockerfile", Buffer.from("FROM busybox\n"));
  await files.remove("app/big");
  const { signal } = new AbortController();
  await assert.rejects(files.unpack("", Readable.from([tar.subarray(0, 50_000)]), signal));
  assert.equal(await text(files.read("app/Dockerfile").bytes), "FROM busybox\n");
  assert.deepEqual(
    files.list().map(({ path }) => path),
    ["app", "app/Dockerfile"],
  );
  assert.deepEqual(readdirSync(join(directory, "uploads")), []);
  // What is there is gone into, followed within the workspace, or replaced; all else stays.
  files.write("app/own", Buffer.from("own"));
  mkdirSync(join(root, "elsewhere"));
  await files.remove("app/Dockerfile");
  symlinkSync("../elsewhere", join(root, "app/Dockerfile"));
  assert.equal(await files.unpack("", Readable.from([tar]), signal), 3);
  assert.equal(await text(files.read("app/Dockerfile").bytes), "FROM scratch\n");
  assert.equal(await text(files.read("app/own").bytes), "own");
  assert.deepEqual(readdirSync(join(root, "elsewhere")), []);
});

test("a file is made a program, and stays one when it is saved", (t) => {
  const { files } = workspace(t);
  assert.equal(files.write("run.sh", Buffer.from("1"), { executable: true }).executable, true);
  assert.equal(files.write("run.sh", Buffer.from("2")).executable, true);
  assert.equal(files.write("notes", Buffer.from("1")).executable, false);
});

test("changes from anywhere are told, in new directories too", async (t) => {
  const { files, root } = workspace(t);
  const stop = new AbortController();
  const seen = new Map<string, string>();
  const changes = new LocalWorkspaceWatch(root).changes(stop.signal);
  const until = async (done: () => boolean) => {
    for (;;) {
      if (done()) return;
      const next = await changes[Symbol.asyncIterator]().next();
      if (next.done === true) return;
      seen.set(next.value.path, next.value.kind);
    }
  };
  const first = until(() => seen.get("a.txt") === "changed");
  writeFileSync(join(root, "a.txt"), "1");
  await first;
  const second = until(() => seen.has("sub"));
  mkdirSync(join(root, "sub"));
  await second;
  const third = until(() => seen.get("sub/b.txt") === "changed");
  files.write("sub/b.txt", Buffer.from("2"));
  await third;
  const fourth = until(() => seen.get("a.txt") === "removed");
  rmSync(join(root, "a.txt"));
  await fourth;
  stop.abort();
});
