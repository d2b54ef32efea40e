import { messageOf } from "../errdefs/errors.ts";
import { diskSpace } from "../mount/disk-space.ts";
import type { Tenant } from "../tenants/tenant.ts";
import type { DiskRoom } from "./disk-room.ts";
import type { DiskAccount, TenantDisk } from "./tenant-disk.ts";
import { WriteStop } from "./write-stop.ts";

/** Between two looks at the file system's free space, which cost microseconds each, ms. */
const tick = 250;
/** A disk is taken to be no faster, bytes a ms: somebody with room for ten seconds of it is not counted for that long. */
const fastest = 400_000;
const [soonest, latest] = [1_000, 15_000];
/** Space or inodes that must be gone from the file system before anybody is counted earlier than planned. */
const noticed = { bytes: 16 * 2 ** 20, inodes: 2_000 };
/** Counting may take a quarter of the time at most when it is urgent, a twentieth otherwise. */
const [urgentShare, usualShare] = [4, 20];

/** One tenant, as the watch sees it. */
export interface WatchedTenant {
  tenant: Pick<Tenant, "id" | "limits">;
  disk: TenantDisk;
  /** host pids of all its processes */
  pids: () => number[];
  /** Ends everything that could write. */
  stopAll: () => Promise<void>;
  /** where the file system has quotas: what may still be written, from now on (undefined: as much as there is) */
  limit?: ((room: Partial<Free>) => void) | undefined;
}

interface Entry extends WatchedTenant {
  stop: WriteStop;
  /** the next count begins then at the latest, ms since the epoch */
  due: number;
  free: Free;
  busy: boolean;
  full: boolean;
  /** something may have been written since the last count */
  touched: boolean;
  /** at the last look: a limit that was taken away is to be told, too */
  limited: boolean;
}

interface Free {
  bytes: number;
  inodes: number;
}

export interface DiskWatchOptions {
  /** on the file system that is watched */
  directory: string;
  log: (line: string) => void;
}

/**
 * Keeps tenants within their share of a disk that has no quotas of its own. Who may run out is counted: sooner the less
 * room is left and the faster free space goes. Who has too much has writes refused (`WriteStop`) until enough is
 * removed; who gets around that and grows by more than `slack` is stopped.
 */
export class DiskWatch {
  readonly #options: DiskWatchOptions;
  readonly #entries = new Map<string, Entry>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DiskWatchOptions) {
    this.#options = options;
  }

  add(watched: WatchedTenant): void {
    const entry = {
      ...watched,
      stop: new WriteStop(watched.pids),
      due: 0,
      free: this.#free(),
      busy: false,
      full: false,
      limited: false,
      touched: true,
    };
    this.#entries.set(watched.tenant.id, entry);
    this.#timer ??= setInterval(() => this.#look(), tick).unref();
  }

  remove(id: string): void {
    this.#entries.delete(id);
  }

  /** Something was written for the tenant: it is counted soon. */
  touch(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.touched = true;
    entry.due = Math.min(entry.due, Date.now() + soonest);
  }

  /** undefined: nobody of that name is watched */
  roomOf(id: string): DiskRoom | undefined {
    return this.#entries.get(id)?.disk;
  }

  /** Whether the tenant may keep so many bytes that it has just written. @throws DiskFull */
  async admit(id: string, bytes: number): Promise<void> {
    const disk = this.#entries.get(id)?.disk;
    if (disk?.room === undefined || bytes < disk.room) return;
    await disk.account();
    await disk.check();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#entries.clear();
  }

  #look(): void {
    const free = this.#free();
    for (const entry of this.#entries.values()) {
      const { disk, inodes } = entry.tenant.limits;
      const limited = disk !== undefined || inodes !== undefined;
      if (entry.busy || (!limited && !entry.full && !entry.limited)) continue;
      entry.limited = limited;
      if (entry.full) this.#guarded(entry, () => void entry.stop.apply());
      if (isDue(entry, free)) this.#count(entry, free);
    }
  }

  #count(entry: Entry, free: Free): void {
    // Without processes only requests write, which touch.
    const runs = entry.pids().length > 0;
    if (!runs && !entry.touched && !entry.full) {
      entry.due = Date.now() + latest;
      entry.free = free;
      return;
    }
    // What runs may write between this count and its end.
    entry.touched = runs;
    entry.busy = true;
    entry.free = free;
    entry.disk
      .account()
      .then((account) => this.#judge(entry, account))
      .catch((error: unknown) => {
        entry.due = Date.now() + latest;
        this.#options.log(`counting the disk of ${entry.tenant.id}: ${messageOf(error).slice(0, 500)}`);
      })
      .finally(() => {
        entry.busy = false;
      });
  }

  async #judge(entry: Entry, account: DiskAccount): Promise<void> {
    const { disk, tenant, stop } = entry;
    const { excess } = disk;
    entry.due = Date.now() + gapOf(entry, account);
    if (entry.limit !== undefined) {
      const { bytes, inodes } = roomOf(entry);
      entry.limit({ ...(bytes === Infinity ? {} : { bytes }), ...(inodes === Infinity ? {} : { inodes }) });
      return;
    }
    if (excess === undefined) {
      if (entry.full) this.#options.log(`tenant ${tenant.id}: has room on the disk again`);
      entry.full = false;
      stop.release();
      return;
    }
    if (!entry.full) this.#options.log(`tenant ${tenant.id}: ${disk.describe()}`);
    entry.full = true;
    stop.apply();
    if (isBeyond(entry)) {
      this.#options.log(`tenant ${tenant.id}: goes on filling the disk, all it runs is stopped`);
      await entry.stopAll();
    }
  }

  #guarded(entry: Entry, body: () => void): void {
    try {
      body();
    } catch (error) {
      this.#options.log(`refusing writes of ${entry.tenant.id}: ${messageOf(error)}`);
    }
  }

  #free(): Free {
    const { free, freeInodes } = diskSpace(this.#options.directory);
    return { bytes: free, inodes: freeInodes };
  }
}

/** More than what could be written before it was noticed: not only full, but getting around its limit. */
export function isBeyond({ disk, tenant: { limits } }: Pick<WatchedTenant, "disk" | "tenant">): boolean {
  const { excess } = disk;
  const slack = {
    bytes: Math.max(64 * 2 ** 20, (limits.disk ?? 0) / 50),
    inodes: Math.max(2_000, (limits.inodes ?? 0) / 50),
  };
  return excess !== undefined && (excess.bytes > slack.bytes || excess.inodes > slack.inodes);
}

function roomOf({ disk, tenant: { limits } }: Entry): Free {
  const used = disk.latest ?? { bytes: 0, inodes: 0 };
  return { bytes: (limits.disk ?? Infinity) - used.bytes, inodes: (limits.inodes ?? Infinity) - used.inodes };
}

/** ms until the next count, if nothing happens. */
function gapOf(entry: Entry, { took }: DiskAccount): number {
  const bySpeed = Math.min(latest, Math.max(soonest, roomOf(entry).bytes / fastest));
  return Math.max(bySpeed, took * (entry.full ? urgentShare : usualShare));
}

function isDue(entry: Entry, free: Free): boolean {
  const now = Date.now();
  if (now >= entry.due) return true;
  const last = entry.disk.latest;
  if (last !== undefined && now - last.at < last.took * urgentShare) return false;
  const room = roomOf(entry);
  return (
    entry.free.bytes - free.bytes > Math.max(noticed.bytes, room.bytes / 2) ||
    entry.free.inodes - free.inodes > Math.max(noticed.inodes, room.inodes / 2)
  );
}
