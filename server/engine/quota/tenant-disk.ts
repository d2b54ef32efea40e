import { readdirSync } from "node:fs";
import { join } from "node:path";
import { limitText } from "../../contract/size-text.ts";
import { DiskFull, isEngineError } from "../errdefs/errors.ts";
import { errnoCode } from "../mount/errno.ts";
import { diskUsage } from "../snapshots/disk-usage.ts";
import type { Snapshotter } from "../snapshots/snapshotter.ts";
import type { Tenant } from "../tenants/tenant.ts";
import type { DiskRoom } from "./disk-room.ts";
import type { DiskUse, HeldLayers } from "./held-layers.ts";

/** Something of a tenant that takes room. */
export interface DiskPart extends DiskUse {
  /** for a learner: `volume data`, `container web` */
  name: string;
}

export interface DiskAccount extends DiskUse {
  /** the largest first */
  parts: DiskPart[];
  /** ms since the epoch */
  at: number;
  /** how long it took, ms */
  took: number;
}

export interface TenantDiskOptions {
  tenant: Pick<Tenant, "id" | "limits">;
  /** holds `workspace` and what builds keep */
  state: string;
  /** each directory in it is a volume */
  volumes: string;
  containers: () => readonly { id: string; name: string; snapshotKey: string }[];
  /** where a container has its log and its own small files */
  containerDirectory: (id: string) => string;
  snapshots: Pick<Snapshotter, "usage" | "list">;
  /** keys of the snapshots that running build steps write to begin so */
  stepPrefix: string;
  layers: HeldLayers;
}

/** How much of the disk one tenant has, and what it may have. */
export class TenantDisk implements DiskRoom {
  readonly #options: TenantDiskOptions;
  #latest: DiskAccount | undefined;
  #running: Promise<DiskAccount> | undefined;

  constructor(options: TenantDiskOptions) {
    this.#options = options;
  }

  /** What was counted last. */
  get latest(): DiskAccount | undefined {
    return this.#latest;
  }

  /** Counts now, or takes what was counted no longer than `freshMs` ago. */
  async account(freshMs = 0): Promise<DiskAccount> {
    if (this.#latest !== undefined && Date.now() - this.#latest.at < freshMs) return this.#latest;
    this.#running ??= this.#count().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Bytes that may still be written, as counted last; undefined: as many as there are. */
  get room(): number | undefined {
    const { disk } = this.#options.tenant.limits;
    return disk === undefined ? undefined : Math.max(0, disk - (this.#latest?.bytes ?? 0));
  }

  /** What it has too much of, as counted last. */
  get excess(): { bytes: number; inodes: number } | undefined {
    const { disk = Infinity, inodes = Infinity } = this.#options.tenant.limits;
    const used = this.#latest;
    if (used === undefined || (used.bytes < disk && used.inodes < inodes)) return undefined;
    return { bytes: used.bytes - disk, inodes: used.inodes - inodes };
  }

  /** To be asked before anything is written. Counts only if it seems to be full. @throws DiskFull */
  async check(): Promise<void> {
    if (this.excess === undefined) return;
    await this.account();
    if (this.excess !== undefined) throw new DiskFull(this.describe());
  }

  /** What is being written is more than the room that was left. */
  full(): DiskFull {
    return new DiskFull(this.describe(true));
  }

  /**
   * `no space left on device: …` with who has how much of it, and what to do.
   * @param writing it is not full, but would be
   */
  describe(writing = false): string {
    const { disk = Infinity, inodes = Infinity } = this.#options.tenant.limits;
    const used = this.#latest ?? { bytes: 0, inodes: 0, parts: [] };
    const byFiles = used.bytes < disk && !writing;
    const rest = writing && used.bytes < disk ? ", and what was being written is more than the rest" : "";
    const what = !byFiles
      ? `${limitText(used.bytes)} of ${limitText(disk)} are used${rest}`
      : `${used.inodes} of ${inodes} files and directories are used`;
    const largest = used.parts
      .toSorted((a, b) => (byFiles ? b.inodes - a.inodes : b.bytes - a.bytes))
      .slice(0, 4)
      .map(({ name, bytes, inodes: files }) => `${name} ${byFiles ? files : limitText(bytes)}`);
    return `no space left on device: ${what} (${largest.join(", ")}). Remove what you do not need: docker system prune, docker volume prune, files of the workspace`;
  }

  async #count(): Promise<DiskAccount> {
    const began = performance.now();
    const parts: DiskPart[] = [];
    for await (const part of this.#parts()) parts.push(part);
    const total = parts.reduce(
      (sum, { bytes, inodes }) => ({ bytes: sum.bytes + bytes, inodes: sum.inodes + inodes }),
      { bytes: 0, inodes: 0 },
    );
    const took = performance.now() - began;
    this.#latest = { ...total, parts: parts.toSorted((a, b) => b.bytes - a.bytes), at: Date.now(), took };
    return this.#latest;
  }

  async *#parts(): AsyncGenerator<DiskPart> {
    const { state, volumes, containers, containerDirectory, snapshots, stepPrefix, tenant } = this.#options;
    for (const name of directoriesIn(state)) {
      yield { name: name === "workspace" ? "workspace" : `${name} files`, ...(await measured(join(state, name))) };
    }
    for (const name of directoriesIn(volumes)) {
      yield { name: `volume ${name.slice(0, 20)}`, ...(await measured(join(volumes, name))) };
    }
    for (const { id, name, snapshotKey } of containers()) {
      const own = await this.#snapshot(snapshotKey);
      const log = await measured(containerDirectory(id));
      yield { name: `container ${name}`, bytes: own.bytes + log.bytes, inodes: own.inodes + log.inodes };
    }
    const steps = { bytes: 0, inodes: 0 };
    for (const { key } of snapshots
      .list()
      .filter(({ kind, key: one }) => kind === "active" && one.startsWith(stepPrefix))) {
      add(steps, await this.#snapshot(key));
    }
    yield { name: "build steps", ...steps };
    const layers = { bytes: 0, inodes: 0 };
    for (const layer of this.#options.layers.of(tenant.id)) {
      add(layers, await gone(this.#options.layers.usage(layer, tenant.id)));
    }
    yield { name: "images and build cache", ...layers };
  }

  #snapshot(key: string): Promise<DiskUse> {
    return gone(this.#options.snapshots.usage(key));
  }
}

function add(sum: DiskUse, { bytes, inodes }: DiskUse): void {
  sum.bytes += bytes;
  sum.inodes += inodes;
}

async function measured(path: string): Promise<DiskUse> {
  const { bytes, inodes } = await diskUsage(path);
  return { bytes, inodes };
}

/** What is removed meanwhile takes nothing. */
async function gone(usage: Promise<DiskUse>): Promise<DiskUse> {
  try {
    return await usage;
  } catch (error) {
    if (isEngineError(error, "not_found")) return { bytes: 0, inodes: 0 };
    throw error;
  }
}

function directoriesIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return [];
    throw error;
  }
}
