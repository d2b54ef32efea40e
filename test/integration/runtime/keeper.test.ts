import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { MNT_DETACH, umount2, UMOUNT_NOFOLLOW } from "#engine/mount/libc.ts";
import { makeShared } from "#engine/mount/local-mounter.ts";
import { mountPointsBeneath } from "#engine/mount/mount-table.ts";
import { CgroupService } from "#engine/runtime/cgroups/cgroup-service.ts";
import { readOnlyProgram } from "#engine/runtime/drivers/read-only-program.ts";
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

test(
  "the runtimes' mount namespace has a program of ours read-only, too: else crun would start itself twice",
  { skip: whyNot() ?? false },
  async () => {
    const dir = ownedDirectory("drydock-keeper-");
    makeShared(dir);
    const args = ["--mount", "--propagation", "slave", "sh", "-c", "echo ready; read end"];
    const runtimes = spawn("unshare", args, { stdio: ["pipe", "pipe", "inherit"] });
    try {
      await once(runtimes.stdout, "data");
      const place = await readOnlyProgram("/bin/true", join(dir, "bin"));
      const mounts = readFileSync(`/proc/${runtimes.pid}/mountinfo`, "utf8").split("\n");
      // proc_pid_mountinfo(5): the fifth field is the mount point, the sixth has the mount's own options
      const options = mounts.map((line) => line.split(" ")).find((fields) => fields[4] === place)?.[5];
      assert.match(options ?? "not mounted", /^ro\b/);
      assert.equal(await readOnlyProgram("/bin/true", join(dir, "bin")), place);
    } finally {
      runtimes.stdin.end();
      for (const point of mountPointsBeneath(dir)) umount2(point, MNT_DETACH | UMOUNT_NOFOLLOW);
      rmSync(dir, { recursive: true });
    }
  },
);
