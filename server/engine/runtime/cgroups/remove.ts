import { existsSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Internal } from "../../errdefs/errors.ts";
import { type CgroupHierarchy, directoriesOf, pidsBeneath } from "./hierarchy.ts";

const attempts = 100;
const pauseMs = 20;

/** Kills every process in a cgroup and beneath it, and waits until none is left. Idempotent. */
export async function killCgroup(hierarchy: CgroupHierarchy, path: string): Promise<void> {
  const dirs = directoriesOf(hierarchy, path);
  for (let attempt = 0; attempt < attempts; attempt++) {
    for (const dir of dirs) thaw(dir);
    if (killAll(dirs) === 0) return;
    await delay(pauseMs);
  }
  throw new Internal(`processes in the cgroup ${path} could not be killed: they hang in the kernel`);
}

/** Removes an empty cgroup with all beneath it. Idempotent. @throws Internal when processes stay in it */
export async function removeCgroup(hierarchy: CgroupHierarchy, path: string): Promise<void> {
  for (const dir of directoriesOf(hierarchy, path)) {
    for (let attempt = 1; ; attempt++) {
      if (removeTree(dir)) break;
      // Exiting processes are still counted for a moment.
      if (attempt === attempts) throw new Internal(`the cgroup ${dir} cannot be removed: it is still in use`);
      await delay(pauseMs);
    }
  }
}

function killAll(dirs: string[]): number {
  const killFile = dirs.map((dir) => join(dir, "cgroup.kill")).find((file) => existsSync(file));
  if (killFile !== undefined) writeFileSync(killFile, "1");
  const pids = new Set(dirs.flatMap((dir) => pidsBeneath(dir)));
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
  return pids.size;
}

/** A frozen process does not die on v1 before it is thawed. */
function thaw(dir: string): void {
  const state = join(dir, "freezer.state");
  if (existsSync(state)) writeFileSync(state, "THAWED");
}

function removeTree(dir: string): boolean {
  try {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      if (entry.isDirectory() && !removeTree(join(dir, entry.name))) return false;
    }
    rmdirSync(dir);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return true;
    if (code === "EBUSY" || code === "ENOTEMPTY") return false;
    throw error;
  }
}
