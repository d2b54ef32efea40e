import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Database } from "#engine/metadata/database.ts";
import { SafeRoot } from "#engine/mount/safe-path.ts";
import { digestSelection } from "#engine/builder/ops/content-digest.ts";
import type { Selected } from "#engine/builder/ops/entries.ts";
import { FileDigests, openEntry } from "#engine/builder/ops/file-digests.ts";
import { selectFiles } from "#engine/builder/ops/selection.ts";
import { TreeWriter } from "#engine/builder/ops/tree-writer.ts";

const base = mkdtempSync(join(tmpdir(), "dd-copied-"));
after(() => rmSync(base, { recursive: true, force: true }));
const { signal } = new AbortController();

function context(name: string): string {
  mkdirSync(join(base, name));
  return join(base, name);
}

function select(root: string): Promise<Selected[]> {
  const tree = { root, layer: false, description: "the build context", ignore: undefined };
  return selectFiles(tree, { sources: ["."], exclude: [], parents: false, keyword: "COPY" }, signal);
}

test("a copy has the mode of its source and root for its owner, also where the directory gives another", async (t) => {
  if (process.getuid?.() !== 0) {
    t.skip("only root gives files away");
    return;
  }
  const from = context("modes");
  const modes = [0o444, 0o644, 0o666, 0o755, 0o777, 0o4755, 0o2755, 0o1644, 0o000];
  for (const mode of modes) {
    writeFileSync(join(from, mode.toString(8)), `${mode}`);
    chmodSync(join(from, mode.toString(8)), mode);
  }
  const to = context("set-gid");
  chownSync(to, 0, 77);
  chmodSync(to, 0o2777);
  for (const owner of [undefined, { uid: 5, gid: 6 }]) {
    using source = new SafeRoot(from);
    using target = new SafeRoot(to);
    const writer = new TreeWriter(source, target, { owner, mode: undefined, layer: false, signal });
    for (const { entries } of await select(from)) await writer.write(entries, "/", { contents: true });
    writer.close();
    for (const mode of modes) {
      const { mode: got, uid, gid, mtimeMs } = lstatSync(join(to, mode.toString(8)));
      const was = lstatSync(join(from, mode.toString(8)));
      assert.deepEqual([(got & 0o7777).toString(8), uid, gid], [mode.toString(8), owner?.uid ?? 0, owner?.gid ?? 0]);
      assert.equal(mtimeMs, was.mtimeMs);
    }
  }
});

test("what is a link, a directory, a FIFO or a socket by now is not the file that was listed; nothing waits for it", async () => {
  const directory = context("swapped");
  using root = new SafeRoot(directory);
  for (const name of ["link", "directory", "fifo", "socket"]) writeFileSync(join(directory, name), name);
  const entries = (await select(directory)).flatMap((one) => one.entries).filter(({ stat }) => stat.kind === "file");
  for (const { source } of entries) rmSync(join(directory, source));
  symlinkSync("/etc/passwd", join(directory, "link"));
  mkdirSync(join(directory, "directory"));
  execFileSync("mkfifo", [join(directory, "fifo")]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(directory, "socket"), resolve));
  try {
    for (const checked of [true, false]) {
      for (const entry of entries) {
        assert.throws(() => openEntry(root, entry, checked), { message: /was changed while the build read it/ });
      }
    }
    assert.equal(entries.length, 4);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test("what is known of files for explanations has them by any name", async () => {
  const directory = context("names");
  const names = ["__proto__", "constructor", "7", "plain"];
  for (const name of names) writeFileSync(join(directory, name), name);
  const tree = { root: directory, layer: false, description: "the build context", ignore: undefined };
  const digested = async () =>
    digestSelection(tree, await select(directory), {
      digests: new FileDigests(new Database(":memory:")),
      contents: true,
      signal,
    });
  const before = await digested();
  writeFileSync(join(directory, "__proto__"), "changed");
  const after = await digested();
  const kept = JSON.parse(JSON.stringify(after.files)) as Record<string, string>;
  assert.deepEqual(Object.keys(kept).toSorted(), ["", ...names].toSorted());
  assert.notEqual(after.digest, before.digest);
  const changed = names.filter((name) =>
    Object.entries(before.files ?? {}).every(
      ([at, value]) => at !== name || value !== Object.getOwnPropertyDescriptor(kept, name)?.value,
    ),
  );
  assert.deepEqual(changed, ["__proto__"]);
});
