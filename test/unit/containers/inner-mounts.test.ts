import assert from "node:assert/strict";
import { test } from "node:test";
import { innerMounts, reachableInnerMounts } from "#engine/containers/inner-mounts.ts";

test("all that is mounted is beneath the root directory, each path once and after those that it is in", () => {
  const paths = innerMounts("/");
  assert.ok(paths.includes("/proc"), paths.join(" "));
  assert.ok(!paths.includes("") && !paths.includes("/"));
  assert.equal(new Set(paths).size, paths.length);
  assert.deepEqual(innerMounts("/proc/self"), []);
});

test("the machine's root gets everywhere, and any id to what all may enter", () => {
  assert.deepEqual(reachableInnerMounts("/proc", undefined), innerMounts("/proc"));
  assert.ok(reachableInnerMounts("/", { hostBase: 4_000_000_000, size: 1 }).includes("/proc"));
});
