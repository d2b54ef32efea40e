import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { CgroupService } from "#engine/runtime/cgroups/cgroup-service.ts";
import { Keeper } from "#engine/runtime/link/keeper.ts";
import { whyNot } from "./machine.ts";
import { ownedDirectory } from "../../suites/owned-directory.ts";

test(
  "the keeper moves between its groups when a start is near, and takes them with it",
  { skip: whyNot() ?? false },
  async () => {
    const dir = ownedDirectory("drydock-keeper-");
    const parent = `/drydock-test-${dir.slice(-6).toLowerCase()}`;
    const cgroups = new CgroupService();
    const groups = cgroups.keeperGroups(parent);
    assert.ok(groups);
    const keeper = new Keeper(join(dir, "keeper"), undefined, groups);
    try {
      await keeper.start();
      const members = () => groups.directories.map((group) => readFileSync(join(group, "cgroup.procs"), "utf8").trim());
      assert.deepEqual(members(), ["", ""]);
      keeper.warm();
      const seen = new Set<string>();
      for (let tries = 0; tries < 2_000 && seen.size < 2; tries++) {
        const [first, second] = members();
        if (first !== "" && second === "") seen.add("first");
        if (second !== "" && first === "") seen.add("second");
        await delay(1);
        keeper.warm();
      }
      assert.deepEqual([...seen].toSorted(), ["first", "second"]);
    } finally {
      await keeper.stop();
      await cgroups.remove(parent);
      rmSync(dir, { recursive: true });
    }
    assert.deepEqual(
      groups.directories.filter((group) => existsSync(group)),
      [],
    );
  },
);
