import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TenantLimits } from "../../tenants/tenant.ts";
import type { KeeperGroups } from "../link/keeper.ts";
import type { TaskMetrics } from "../task.ts";
import { type CgroupHierarchy, detectHierarchy, directoriesOf, pidsBeneath } from "./hierarchy.ts";
import { readMetrics, readOomKills } from "./metrics.ts";
import { countSockets, ensureParentCgroup } from "./parent.ts";
import { killCgroup, removeCgroup } from "./remove.ts";

/** Control groups of tenants, containers and build steps, on v1, hybrid and v2 machines alike. Paths as in specs. */
export class CgroupService {
  readonly hierarchy: CgroupHierarchy;
  /** how often `endForMemory` ended something in a cgroup that is there */
  readonly #ended = new Map<string, number>();

  constructor(hierarchy: CgroupHierarchy = detectHierarchy()) {
    this.hierarchy = hierarchy;
  }

  /**
   * Makes the parent cgroup of a tenant's containers and build steps, or brings its limits up to date. Idempotent.
   * @throws FailedPrecondition when this machine does not let us
   */
  ensureParent(tenant: { cgroupParent: string; limits: TenantLimits }): void {
    ensureParentCgroup(this.hierarchy, tenant.cgroupParent, tenant.limits);
  }

  /**
   * Two cgroups beneath `parent` in one tree, for a process to move between (see Keeper); undefined when they cannot
   * be made. The tree is one without controllers if there is such a one.
   */
  keeperGroups(parent: string): KeeperGroups | undefined {
    const paths = [join(parent, ".keeper-a"), join(parent, ".keeper-b")] as const;
    const [first, second] = paths.map((path) => keeperDirectory(this.hierarchy, path));
    if (first === undefined || second === undefined) return undefined;
    try {
      for (const dir of [first, second]) mkdirSync(dir, { recursive: true });
    } catch {
      // What needs control groups says so itself; this only saves time.
      return undefined;
    }
    return {
      directories: [first, second],
      remove: async () => {
        for (const path of paths) await this.remove(path);
      },
    };
  }

  /** Has what waits in the sockets of a new cgroup, whose processes have not begun, count for its parents' limits. */
  countSockets(path: string): void {
    countSockets(this.hierarchy, path);
  }

  /** Counters of a cgroup with all beneath it; zeros for one that does not exist. */
  metrics(path: string): TaskMetrics {
    const metrics = readMetrics(this.hierarchy, path);
    metrics.memory.oomKills += this.#ended.get(path) ?? 0;
    return metrics;
  }

  /** The one of its counters that is asked for at each end. */
  oomKills(path: string): number {
    return readOomKills(this.hierarchy, path) + (this.#ended.get(path) ?? 0);
  }

  /** The cgroups in this one that are there. */
  within(path: string): string[] {
    const dir = this.hierarchy.version === "v2" ? undefined : this.hierarchy.controllers.get("memory");
    return subdirectories(join(dir ?? this.hierarchy.root, path)).map((name) => join(path, name));
  }

  /** Host pids in a cgroup and beneath it. */
  pids(path: string): number[] {
    return [...new Set(directoriesOf(this.hierarchy, path).flatMap((dir) => pidsBeneath(dir)))].toSorted(
      (a, b) => a - b,
    );
  }

  /** Kills what runs in a cgroup for want of memory, and counts it, as the kernel would. */
  async endForMemory(path: string): Promise<void> {
    this.#ended.set(path, (this.#ended.get(path) ?? 0) + 1);
    await this.kill(path);
  }

  /** Removes an empty cgroup. Idempotent. @throws Internal when processes stay in it */
  remove(path: string): Promise<void> {
    this.#ended.delete(path);
    return removeCgroup(this.hierarchy, path);
  }

  /** Kills what runs in a cgroup. Idempotent. @throws Internal when processes stay in it */
  kill(path: string): Promise<void> {
    return killCgroup(this.hierarchy, path);
  }

  /** Kills what runs in a cgroup and removes it. Idempotent. */
  async killAndRemove(path: string): Promise<void> {
    await this.kill(path);
    await this.remove(path);
  }
}

function subdirectories(dir: string): string[] {
  try {
    const entries = readdirSync(dir, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return [];
  }
}

/** Not in the v2 tree of a hybrid machine, which the runtimes do not see. */
function keeperDirectory(hierarchy: CgroupHierarchy, path: string): string | undefined {
  const visible = directoriesOf(hierarchy, path).filter(
    (dir) => hierarchy.unified === undefined || !dir.startsWith(`${hierarchy.unified}/`),
  );
  return visible.find((dir) => dir.startsWith(join(hierarchy.root, "systemd/"))) ?? visible[0];
}
