import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { completed } from "#engine/concurrency/thread-time.ts";
import { destinationPieces } from "#engine/mount/destination.ts";
import { SafeRoot } from "#engine/mount/safe-path.ts";

function image(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "destination-"));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "there/deep"), { recursive: true });
  symlinkSync("/there/deep", join(root, "link"));
  symlinkSync("missing/../link", join(root, "round"));
  return root;
}

test("links on the way are followed, also behind names that are not there and are left again", (t) => {
  using root = new SafeRoot(image(t));
  const places = ["/", "/link/x", "/none/./x/../link", "/none/../link/x", "/none/x/../../link", "/round", "/../link"];
  assert.deepEqual(
    places.map((place) => completed(destinationPieces(root, place))),
    ["/", "/there/deep/x", "/none/link", "/there/deep/x", "/there/deep", "/there/deep", "/there/deep"],
  );
});

test("beneath what is not there nothing is looked for: a stranger's path has thousands of names", (t) => {
  class Counting extends SafeRoot {
    looked = 0;
    override exists(path: string): boolean {
      this.looked++;
      return super.exists(path);
    }
  }
  using root = new Counting(image(t));
  const deep = "/there/none" + "/a".repeat(1_900);
  assert.equal(completed(destinationPieces(root, deep)), deep);
  assert.equal(root.looked, 2);
});
