import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SafeRoot } from "#engine/mount/safe-path.ts";
import { currentAccount } from "#engine/runtime/cgroups/account.ts";
import { bytesOf, deleteTree, fillDirectory } from "#engine/volumes/volume-files.ts";

const directory = mkdtempSync(join(tmpdir(), "dd-volume-"));
after(() => rmSync(directory, { recursive: true }));

/** What a program does within it counts for one account; whether it did. The directory stands for a control group. */
async function isCharged(work: () => Promise<unknown>): Promise<boolean> {
  const group = join(mkdtempSync(join(directory, "tree-")), "group");
  await currentAccount.run([group], work);
  return existsSync(join(group, "cgroup.procs")) && readFileSync(join(group, "cgroup.procs"), "utf8") === "0\n";
}

test("volumes are filled, measured and removed, and files removed, on the account of whose request it is for", async () => {
  const [source, target] = [join(directory, "source"), join(directory, "target")];
  mkdirSync(join(source, "below"), { recursive: true });
  writeFileSync(join(source, "below/file"), "four");
  mkdirSync(target);
  assert.ok(await isCharged(() => fillDirectory(source, target)));
  assert.equal(readFileSync(join(target, "below/file"), "utf8"), "four");
  assert.ok(await isCharged(async () => assert.equal(await bytesOf(target), 4)));
  using root = new SafeRoot(target);
  assert.ok(await isCharged(() => root.remove("below", { recursive: true })));
  assert.ok(!root.exists("below"));
  assert.ok(await isCharged(() => deleteTree(target)));
  assert.ok(!existsSync(target));
});

test("where nobody's request is answered they are done all the same", async () => {
  const target = join(directory, "nobody's");
  mkdirSync(join(target, "below"), { recursive: true });
  await deleteTree(target);
  assert.ok(!existsSync(target));
});
