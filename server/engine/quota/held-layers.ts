import type { Layer, LayerBlobs } from "../layers/layer-store.ts";
import type { Database } from "../metadata/database.ts";
import type { Snapshotter } from "../snapshots/snapshotter.ts";

/** Bytes on disk and inodes. */
export interface DiskUse {
  bytes: number;
  inodes: number;
}

/** Everybody's layers are looked at for each: ms, and how many times as long as it takes. */
const [freshFor, shareOfTime] = [1_000, 20];

interface Holding {
  holder: string;
  layer: string;
}

/** Tables that hold layers, each with whose it is: a tenant's id, or a group's name (which nobody is charged for). */
const holdings = [
  "SELECT DISTINCT i.tenant AS holder, l.value AS layer FROM images i, json_each(i.layers) l",
  "SELECT DISTINCT scope AS holder, layer FROM build_cache_records WHERE layer IS NOT NULL",
  `SELECT DISTINCT b.scope AS holder, l.value AS layer FROM build_step_records b, json_each(b.left_layers) l
     WHERE b.left_layers <> '[]'`,
  `SELECT DISTINCT c.tenant AS holder, json_extract(c.record, '$.topLayer') AS layer FROM containers c
     WHERE json_extract(c.record, '$.topLayer') IS NOT NULL`,
];

export interface HeldLayersOptions {
  database: Database;
  layers: { list(): Layer[] };
  snapshots: Pick<Snapshotter, "usage">;
  blobs: { of(tenant: string): Pick<LayerBlobs, "find"> };
  /** what these hold nobody is charged for: they have the base images */
  free: readonly string[];
}

/**
 * The layers that each tenant has, by images, containers, build cache or what failed steps left. All of them count for
 * each who has them, as if nobody else were there, though they are on the disk once: what others get or remove is not to
 * be seen in one's own use of the disk, and two who agree have no more than both their shares.
 */
export class HeldLayers {
  readonly #options: HeldLayersOptions;
  #found: { until: number; layers: Map<string, Layer[]> } | undefined;

  constructor(options: HeldLayersOptions) {
    this.#options = options;
  }

  /** As it was a second ago at most; or longer, if looking takes long. */
  of(tenant: string): readonly Layer[] {
    if (this.#found === undefined || this.#found.until < performance.now()) {
      const began = performance.now();
      const layers = this.#find();
      const took = performance.now() - began;
      this.#found = { until: performance.now() + Math.max(freshFor, took * shareOfTime), layers };
    }
    return this.#found.layers.get(tenant) ?? [];
  }

  #find(): Map<string, Layer[]> {
    const byId = new Map<string, Layer>(this.#options.layers.list().map((layer) => [layer.id, layer]));
    const held = new Map<string, Set<Layer>>();
    const holdings = Map.groupBy(this.#holdings(), ({ holder }) => holder);
    for (const [holder, tops] of holdings) {
      const layers = new Set<Layer>();
      for (const { layer: id } of tops) {
        let layer = byId.get(id);
        // What is below one that was met has been met, too.
        while (layer !== undefined && !layers.has(layer)) {
          layers.add(layer);
          layer = byId.get(layer.parent ?? "");
        }
      }
      held.set(holder, layers);
    }
    const free = new Set(this.#options.free.flatMap((holder) => [...(held.get(holder) ?? [])]));
    return new Map([...held].map(([holder, layers]) => [holder, [...layers.difference(free)]]));
  }

  /** What a layer takes: its files, and the tenant's compressed blob of it if that is kept. */
  async usage(layer: Layer, tenant: string): Promise<DiskUse> {
    const { bytes, inodes } = await this.#options.snapshots.usage(layer.id);
    const blob = layer.diffId === undefined ? undefined : this.#options.blobs.of(tenant).find(layer.diffId);
    return { bytes: bytes + (blob?.size ?? 0), inodes };
  }

  #holdings(): Holding[] {
    return holdings.flatMap((sql) => this.#options.database.all<Holding>(sql));
  }
}
