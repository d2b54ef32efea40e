import type { CgroupService } from "../engine/runtime/cgroups/cgroup-service.ts";
import type { TenantDisk } from "../engine/quota/tenant-disk.ts";
import type { LimitName } from "../engine/tenants/limits.ts";
import type { Tenant } from "../engine/tenants/tenant.ts";

/** Counting a tenant's files takes a while: an answer is good for this long, ms. */
const diskFreshFor = 5_000;

export interface UsageMeterOptions {
  tenant: Tenant;
  cgroups: CgroupService;
  disk: TenantDisk;
  /** of what is only to be counted, how much there is now */
  counts: Readonly<Partial<Record<LimitName, () => number>>>;
}

/** In the units of the limits. */
export interface Usage {
  used: Partial<Record<LimitName, number>>;
  /** who has how much of the disk, bytes; the largest first */
  diskParts: { name: string; bytes: number }[];
}

/** What one tenant uses: control groups for memory and processes, `TenantDisk` for the disk. */
export class UsageMeter {
  readonly #options: UsageMeterOptions;

  constructor(options: UsageMeterOptions) {
    this.#options = options;
  }

  async usage(): Promise<Usage> {
    const { bytes: disk, inodes, parts } = await this.#options.disk.account(diskFreshFor);
    const diskParts = parts.filter(({ bytes }) => bytes > 0).map(({ name, bytes }) => ({ name, bytes }));
    return { used: { ...this.quick(), disk, inodes }, diskParts };
  }

  /** Without counting files: the disk as it was counted last, if it was. */
  quick(): Usage["used"] {
    const { cgroups, tenant, disk, counts } = this.#options;
    const { memory, pids } = cgroups.metrics(tenant.cgroupParent);
    // Page cache that the kernel gives back at once does not count, as in `docker stats`.
    const cache = memory.stats["total_inactive_file"] ?? memory.stats["inactive_file"] ?? 0;
    const things = Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count()]));
    const { latest } = disk;
    return {
      memory: Math.max(0, memory.usage - cache),
      pids: pids.current,
      ...things,
      ...(latest === undefined ? {} : { disk: latest.bytes, inodes: latest.inodes }),
    };
  }
}
