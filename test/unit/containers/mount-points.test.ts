import assert from "node:assert/strict";
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeMountPoints } from "../../../server/engine/containers/mount-points.ts";

test("places of mounts are made as runc makes them; what the image has stays, what cannot be made is the runtime's", (t) => {
  const home = mkdtempSync(join(tmpdir(), "mount-points-"));
  t.after(() => rmSync(home, { recursive: true }));
  const root = join(home, "root");
  mkdirSync(join(root, "kept"), { recursive: true });
  chmodSync(join(root, "kept"), 0o700);
  writeFileSync(join(root, "file"), "");
  symlinkSync("/nowhere", join(root, "link"));
  writeFileSync(join(home, "source"), "");
  const directory = { type: "bind", source: home };
  makeMountPoints(root, [
    { destination: "/a/b", ...directory },
    { destination: "/a/b/c", ...directory },
    { destination: "/f/g", type: "bind", source: join(home, "source") },
    { destination: "/t", type: "tmpfs", source: "tmpfs" },
    { destination: "/kept", ...directory },
    { destination: "/file/x", ...directory },
    { destination: "/link", ...directory },
    { destination: "/a-b", ...directory },
    { destination: "/gone", type: "bind", source: join(home, "missing") },
  ]);
  const mode = (path: string) => (lstatSync(join(root, path)).mode & 0o7777).toString(8);
  assert.deepEqual(["a", "a/b", "f", "f/g", "t", "kept"].map(mode), ["755", "755", "755", "755", "755", "700"]);
  assert.ok(lstatSync(join(root, "f/g")).isFile());
  assert.deepEqual(readdirSync(join(root, "a/b")), []);
  assert.deepEqual(readdirSync(root), ["a", "a-b", "f", "file", "kept", "link", "t"]);
  const many = Array.from({ length: 2_000 }, (_, index) => ({ destination: `/many${index}`, ...directory }));
  makeMountPoints(root, many);
  assert.equal(readdirSync(root).filter((name) => name.startsWith("many")).length, 150, "the rest is the runtime's");
});
