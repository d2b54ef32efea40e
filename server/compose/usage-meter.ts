import { readdirSync, statSync } from "node:fs";
import type { CgroupService } from "../engine/runtime/cgroups/cgroup-service.ts";
import type { TenantDisk } from "../engine/quota/tenant-disk.ts";
import type { LimitName } from "../engine/tenants/limits.ts";
import type { Tenant } from "../engine/tenants/tenant.ts";

/** Counting a tenant's files takes a while: an answer is good for this long, ms. */
const diskFreshFor = 5_000;
/** ms between two looks at the traffic, from which its speed is told */
const leastSpan = 1_000;

export interface UsageMeterOptions {
  tenant: Tenant;
  cgroups: CgroupService;
  disk: TenantDisk;
  /** of what is only to be counted, how much there is now */
  counts: Readonly<Partial<Record<LimitName, () => number>>>;
  /** bytes of its networks' traffic so far */
  traffic: () => number;
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
  #traffic: { at: number; bytes: number; rate: number } | undefined;

  constructor(options: UsageMeterOptions) {
    this.#options = options;
  }

  async usage(): Promise<Usage> {
    const { bytes: disk, inodes, parts } = await this.#options.disk.account(diskFreshFor);
    const diskParts = parts.filter(({ bytes }) => bytes > 0).map(({ name, bytes }) => ({ name, bytes }));
    return { used: { ...this.quick(), disk, inodes, openFiles: this.#openFiles() }, diskParts };
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
      swap: memory.swap,
      bandwidth: this.#bandwidth(),
      pids: pids.current,
      ...things,
      ...(latest === undefined ? {} : { disk: latest.bytes, inodes: latest.inodes }),
    };
  }

  /** Bytes a second since it was asked for the last time, a second ago at least. */
  #bandwidth(): number {
    const [now, bytes] = [performance.now(), this.#options.traffic()];
    const last = this.#traffic;
    if (last === undefined || now - last.at >= leastSpan) {
      // A network that was removed meanwhile takes its count along.
      const rate = last === undefined ? 0 : Math.max(0, ((bytes - last.bytes) * 1000) / (now - last.at));
      this.#traffic = { at: now, bytes, rate };
    }
    return this.#traffic?.rate ?? 0;
  }

  /** Of the process that has most. */
  #openFiles(): number {
    const { cgroups, tenant } = this.#options;
    return Math.max(0, ...cgroups.pids(tenant.cgroupParent).map(openFilesOf));
  }
}

function openFilesOf(pid: number): number {
  try {
    const directory = `/proc/${pid}/fd`;
    // Since Linux 6.2 their number is the directory's size.
    return statSync(directory).size || readdirSync(directory).length;
  } catch (error) {
    // It has ended.
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return 0;
    throw error;
  }
}
