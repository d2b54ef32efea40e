import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nobodysTime, type ThreadTime } from "#engine/concurrency/thread-time.ts";
import { checkProcLinks, checkProcMounts } from "#engine/containers/proc-mounts.ts";
import type { ResolvedMount } from "#engine/containers/container.ts";

test("nothing is mounted over /proc, by its name or by an image's links; whose mounts they are gives the time", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "proc-mounts-"));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "proc"));
  mkdirSync(join(root, "etc"));
  symlinkSync("proc/sys", join(root, "innocent"));
  symlinkSync("/etc", join(root, "proc/uptime"));
  const at = (target: string) => ({
    mounts: [{ type: "tmpfs", name: "", requestedSource: "", target } as unknown as ResolvedMount],
  });
  let turns = 0;
  const time: ThreadTime = {
    spend: (work) => {
      turns++;
      return nobodysTime.spend(work);
    },
  };
  const refused = /cannot be mounted because it is inside \/proc/;
  assert.throws(() => checkProcMounts(at("/proc/sys")), refused);
  checkProcMounts(at("/innocent"));
  checkProcMounts(at("/proc/uptime"));
  await assert.rejects(checkProcLinks(at("/innocent/kernel"), root, time), refused);
  await checkProcLinks(at("/proc/uptime"), root, time);
  await checkProcLinks(at("/etc/new"), root, time);
  assert.ok(turns >= 3, "no more than a stretch of it at once");
});
