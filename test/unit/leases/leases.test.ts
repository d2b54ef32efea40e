import assert from "node:assert/strict";
import { it } from "node:test";
import { NotFound } from "#engine/errdefs/errors.ts";
import { LocalLeaseManager } from "#engine/leases/local.ts";
import { Database } from "#engine/metadata/database.ts";

it("holds resources until the last lease over them is released or lapses", () => {
  let now = 1000;
  const db = new Database(":memory:");
  const leases = new LocalLeaseManager(db, { now: () => now });
  const pull = leases.create("pull", 500);
  const build = leases.create("build");
  pull.add({ kind: "layer", id: "a" });
  pull.add({ kind: "layer", id: "a" });
  build.add({ kind: "layer", id: "a" });
  build.add({ kind: "content", id: "b" });
  assert.equal([...leases.resources()].length, 2);
  build.release();
  build.release();
  assert.equal(leases.holds({ kind: "layer", id: "a" }), true);
  assert.equal(leases.holds({ kind: "content", id: "b" }), false);
  assert.throws(() => build.add({ kind: "content", id: "c" }), NotFound);
  now += 500;
  assert.equal(leases.holds({ kind: "layer", id: "a" }), false);
  assert.deepEqual([...leases.resources()], []);
  assert.throws(() => pull.add({ kind: "content", id: "c" }), NotFound);
  db.close();
});

it("survives a restart", () => {
  const db = new Database(":memory:");
  new LocalLeaseManager(db).create("pull").add({ kind: "snapshot", id: "s" });
  assert.deepEqual(
    [...new LocalLeaseManager(db).resources()].map((resource) => ({ ...resource })),
    [{ kind: "snapshot", id: "s" }],
  );
  db.close();
});
