import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Layer, LayerID, LayerStore } from "../layers/layer-store.ts";
import type { LeaseManager } from "../leases/leases.ts";
import type { Mounter } from "../mount/mount.ts";
import type { Snapshotter } from "../snapshots/snapshotter.ts";

export interface RootBuilderOptions {
  snapshotter: Snapshotter;
  mounter: Mounter;
  layers: LayerStore;
  leases: LeaseManager;
  /** where roots are mounted while they are made, e.g. `/run/drydock/catalogue` */
  mountDirectory: string;
}

const keyPrefix = "catalogue-";

/** Makes a layer by letting something write into a mounted snapshot. A failure leaves nothing behind. */
export class RootBuilder {
  readonly #options: RootBuilderOptions;

  constructor(options: RootBuilderOptions) {
    this.#options = options;
  }

  async build<T>(
    parent: LayerID | undefined,
    fill: (root: string) => Promise<T>,
  ): Promise<{ layer: Layer; result: T }> {
    const { snapshotter, mounter, layers, leases, mountDirectory } = this.#options;
    const key = `${keyPrefix}${randomUUID()}`;
    const target = join(mountDirectory, key);
    const lease = leases.create(key, 2 * 3_600_000);
    lease.add({ kind: "snapshot", id: key });
    try {
      await snapshotter.prepare(key, parent);
      let result: T;
      try {
        await mounter.mount(snapshotter.mounts(key), target);
        try {
          result = await fill(target);
        } finally {
          await mounter.unmount(target);
        }
      } catch (error) {
        await snapshotter.remove(key);
        throw error;
      }
      const layer = await layers.commit(key);
      return { layer, result };
    } finally {
      lease.release();
    }
  }

  /** Removes what makings left that a crash interrupted. Before the first `build` of this process. */
  async recover(): Promise<void> {
    const { snapshotter, mounter, mountDirectory } = this.#options;
    for (const { key, kind } of snapshotter.list()) {
      if (kind === "active" && key.startsWith(keyPrefix)) {
        await mounter.unmount(join(mountDirectory, key));
        await snapshotter.remove(key);
      }
    }
  }
}
