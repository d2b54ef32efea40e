import type { Container } from "../engine/containers/container.ts";
import type { CgroupService } from "../engine/runtime/cgroups/cgroup-service.ts";
import { diskUsage } from "../engine/snapshots/disk-usage.ts";
import type { Snapshotter } from "../engine/snapshots/snapshotter.ts";
import type { Tenant } from "../engine/tenants/tenant.ts";
import type { VolumeService } from "../engine/volumes/volume-service.ts";

/** Walking a tenant's files takes a while: an answer is good for this long, ms. */
const diskFreshFor = 30_000;

export interface UsageMeterOptions {
  tenant: Tenant;
  workspace: string;
  cgroups: CgroupService;
  snapshots: Pick<Snapshotter, "usage">;
  containers: () => Container[];
  volumes: Pick<VolumeService, "list" | "usage">;
}

/** What one tenant uses: control groups for memory and processes, a walk over its own files for the disk. */
export class UsageMeter {
  readonly #options: UsageMeterOptions;
  #disk: { until: number; bytes: Promise<number> } | undefined;

  constructor(options: UsageMeterOptions) {
    this.#options = options;
  }

  /** Bytes, processes. */
  async usage(): Promise<{ memory: number; pids: number; disk: number }> {
    const { cgroups, tenant } = this.#options;
    const { memory, pids } = cgroups.metrics(tenant.cgroupParent);
    // Page cache that the kernel gives back at once does not count, as in `docker stats`.
    const cache = memory.stats["total_inactive_file"] ?? memory.stats["inactive_file"] ?? 0;
    return { memory: Math.max(0, memory.usage - cache), pids: pids.current, disk: await this.#diskBytes() };
  }

  async #diskBytes(): Promise<number> {
    if (this.#disk === undefined || this.#disk.until < Date.now()) {
      const bytes = this.#walk();
      this.#disk = { until: Date.now() + diskFreshFor, bytes };
      bytes.catch(() => {
        this.#disk = undefined;
      });
    }
    return await this.#disk.bytes;
  }

  async #walk(): Promise<number> {
    const { workspace, snapshots, containers, volumes } = this.#options;
    let total = (await diskUsage(workspace)).bytes;
    for (const volume of volumes.list()) {
      total += await volumes.usage(volume.name);
    }
    for (const container of containers()) {
      total += (await snapshots.usage(container.snapshotKey)).bytes;
    }
    return total;
  }
}
