import type { TenantLimits } from "../../tenants/tenant.ts";
import type { TaskMetrics } from "../task.ts";
import { type CgroupHierarchy, detectHierarchy, directoriesOf, pidsBeneath } from "./hierarchy.ts";
import { readMetrics } from "./metrics.ts";
import { ensureParentCgroup } from "./parent.ts";
import { killCgroup, removeCgroup } from "./remove.ts";

/** Control groups of tenants, containers and build steps, on v1, hybrid and v2 machines alike. Paths as in specs. */
export class CgroupService {
  readonly hierarchy: CgroupHierarchy;

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

  /** Counters of a cgroup with all beneath it; zeros for one that does not exist. */
  metrics(path: string): TaskMetrics {
    return readMetrics(this.hierarchy, path);
  }

  /** Host pids in a cgroup and beneath it. */
  pids(path: string): number[] {
    return [...new Set(directoriesOf(this.hierarchy, path).flatMap((dir) => pidsBeneath(dir)))].toSorted(
      (a, b) => a - b,
    );
  }

  /** Removes an empty cgroup. Idempotent. @throws Internal when processes stay in it */
  remove(path: string): Promise<void> {
    return removeCgroup(this.hierarchy, path);
  }

  /** Kills what runs in a cgroup and removes it. Idempotent. */
  async killAndRemove(path: string): Promise<void> {
    await killCgroup(this.hierarchy, path);
    await removeCgroup(this.hierarchy, path);
  }
}
