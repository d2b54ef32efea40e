import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { AlreadyExists, Conflict, InvalidArgument, NotFound, OutOfRange } from "#engine/errdefs/errors.ts";
import { decodeName, nameBytes } from "#engine/mount/libc.ts";
import { SafeRoot } from "#engine/mount/safe-path.ts";

describe("SafeRoot", () => {
  let base: string;
  let root: SafeRoot;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "drydock-safe-"));
    mkdirSync(join(base, "root/dir"), { recursive: true });
    writeFileSync(join(base, "secret"), "outside");
    writeFileSync(join(base, "root/dir/file"), "inside");
    root = new SafeRoot(join(base, "root"));
  });
  afterEach(() => {
    root.close();
    rmSync(base, { recursive: true });
  });

  it("reads files and follows links within the root", () => {
    symlinkSync("/dir/file", join(base, "root/absolute"));
    symlinkSync("dir", join(base, "root/alias"));
    assert.equal(root.readFile("absolute").toString(), "inside");
    assert.equal(root.readFile("/alias/file").toString(), "inside");
    assert.equal(root.realPath("alias/file"), "/dir/file");
    assert.equal(root.hostPath("alias"), join(base, "root/dir"));
    assert.equal(root.readLink("alias"), "dir");
  });

  it("never leaves the root, by dots, links or links of /proc", () => {
    symlinkSync("../secret", join(base, "root/up"));
    symlinkSync(join(base, "secret"), join(base, "root/abs"));
    symlinkSync("..", join(base, "root/dots"));
    symlinkSync("/proc/self/root", join(base, "root/magic"));
    for (const path of ["../secret", "dir/../../secret", "up", "abs", "dots/secret", `magic${base}/secret`]) {
      assert.throws(() => root.readFile(path), NotFound, path);
    }
    assert.deepEqual(
      root.list("dots").map((entry) => entry.name),
      root.list("/").map((entry) => entry.name),
    );
  });

  it("writes through a link only to what is inside", () => {
    symlinkSync("../secret", join(base, "root/up"));
    root.writeFile("up", "mine");
    assert.equal(readFileSync(join(base, "secret"), "utf8"), "outside");
    assert.equal(readFileSync(join(base, "root/up"), "utf8"), "mine");
    symlinkSync("dir/file", join(base, "root/in"));
    root.writeFile("in", "changed");
    assert.equal(readFileSync(join(base, "root/dir/file"), "utf8"), "changed");
    assert.equal(root.lstat("in").kind, "symlink");
  });

  it("keeps the mode of a file it writes again", () => {
    chmodSync(join(base, "root/dir/file"), 0o750);
    root.writeFile("dir/file", "again");
    assert.equal(root.stat("dir/file").mode, 0o750);
    root.writeFile("dir/new", "new", { mode: 0o4711 });
    assert.equal(root.stat("dir/new").mode, 0o4711);
  });

  it("stays with what it opened when a directory is swapped for a link", () => {
    using dir = root.locate("dir", { directory: true });
    renameSync(join(base, "root/dir"), join(base, "root/moved"));
    symlinkSync(base, join(base, "root/dir"));
    assert.equal(readFileSync(`${dir.path}/file`, "utf8"), "inside");
    assert.throws(() => root.readFile("dir/secret"), NotFound);
  });

  it("opens regular files only, and does not block on a FIFO", () => {
    execFileSync("mkfifo", [join(base, "root/pipe")]);
    assert.throws(() => root.readFile("pipe"), InvalidArgument);
    assert.throws(() => root.writeFile("pipe", "x"), InvalidArgument);
    assert.throws(() => root.readFile("dir"), /dir is a directory, not a regular file/);
  });

  it("limits what is read whole", () => {
    assert.throws(() => root.readFile("dir/file", 3), OutOfRange);
    assert.equal(root.readFile("dir/file", 6).toString(), "inside");
  });

  it("makes directories and removes trees without following links", async () => {
    root.makeDirectory("a/b/c", { parents: true, mode: 0o700 });
    assert.equal(statSync(join(base, "root/a/b/c")).mode & 0o777, 0o700);
    assert.throws(() => root.makeDirectory("a"), AlreadyExists);
    assert.throws(() => root.makeDirectory("dir/file", { parents: true }), InvalidArgument);
    chmodSync(join(base, "root/a"), 0o2755);
    root.makeDirectory("a/group", { mode: 0o700 });
    assert.equal(statSync(join(base, "root/a/group")).mode & 0o7777, 0o2700, "set-group-id, as with mkdir(2)");
    root.makeLink("a/out", "../..");
    await assert.rejects(root.remove("a"), Conflict);
    await root.remove("a", { recursive: true });
    assert.equal(root.exists("a"), false);
    assert.ok(existsSync(join(base, "secret")));
    await assert.rejects(root.remove("a"), NotFound);
    await assert.rejects(root.remove("/", { recursive: true }), InvalidArgument);
  });

  it("renames without replacing unless told to", () => {
    writeFileSync(join(base, "root/other"), "");
    assert.throws(() => root.rename("dir/file", "other"), AlreadyExists);
    root.rename("dir/file", "other", { replace: true });
    assert.equal(root.readFile("other").toString(), "inside");
    root.rename("other", "../../../escaped");
    assert.ok(existsSync(join(base, "root/escaped")));
  });

  it("takes names of any bytes, but no NUL", async () => {
    const name = decodeName(Buffer.from([0x61, 0xff, 0xc3, 0xa9, 0x80]));
    assert.deepEqual([...nameBytes(name)], [0x61, 0xff, 0xc3, 0xa9, 0x80]);
    root.makeDirectory(name);
    root.writeFile(`${name}/x`, "y");
    assert.ok(root.list("/").some((entry) => entry.name === name));
    assert.equal(root.readFile(`${name}/x`).toString(), "y");
    await root.remove(name, { recursive: true });
    assert.throws(() => root.readFile("dir/file\0.png"), InvalidArgument);
  });
});
