import type { LayerBlobs, Layer, LayerID } from "../layers/layer-store.ts";
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
  `SELECT DISTINCT c.tenant AS holder, json_extract(c.record, '$.topLayer') AS layer FROM containers c
     WHERE json_extract(c.record, '$.topLayer') IS NOT NULL`,
];

export interface OwnedLayersOptions {
  database: Database;
  layers: { list(): Layer[] };
  snapshots: Pick<Snapshotter, "usage">;
  blobs: Pick<LayerBlobs, "find">;
}

/**
 * The layers that one tenant alone has, by images, containers or build cache. What several have, or the operator's base
 * images are made of, is nobody's: taking it away would free nothing.
 */
export class OwnedLayers {
  readonly #options: OwnedLayersOptions;
  #found: { until: number; layers: Map<string, Layer[]> } | undefined;

  constructor(options: OwnedLayersOptions) {
    this.#options = options;
  }

  /** Layers by the tenant that alone holds them, as they were a second ago at most; or longer, if looking takes long. */
  byTenant(): Map<string, Layer[]> {
    if (this.#found === undefined || this.#found.until < performance.now()) {
      const began = performance.now();
      const layers = this.#find();
      const took = performance.now() - began;
      this.#found = { until: performance.now() + Math.max(freshFor, took * shareOfTime), layers };
    }
    return this.#found.layers;
  }

  #find(): Map<string, Layer[]> {
    const all = this.#options.layers.list();
    const byId = new Map<string, Layer>(all.map((layer) => [layer.id, layer]));
    /** holder, or null for several */
    const holders = new Map<LayerID, string | null>();
    for (const { holder, layer: id } of this.#holdings()) {
      for (let layer = byId.get(id); layer !== undefined; layer = byId.get(layer.parent ?? "")) {
        const known = holders.get(layer.id);
        // What is below has the same holders at least.
        if (known === holder || known === null) break;
        holders.set(layer.id, known === undefined ? holder : null);
      }
    }
    return Map.groupBy(
      all.filter(({ id }) => typeof holders.get(id) === "string"),
      ({ id }) => holders.get(id) ?? "",
    );
  }

  /** What a layer takes: its files, and its compressed blob if that is kept. */
  async usage(layer: Layer): Promise<DiskUse> {
    const { bytes, inodes } = await this.#options.snapshots.usage(layer.id);
    const blob = layer.diffId === undefined ? undefined : this.#options.blobs.find(layer.diffId);
    return { bytes: bytes + (blob?.size ?? 0), inodes };
  }

  #holdings(): Holding[] {
    return holdings.flatMap((sql) => this.#options.database.all<Holding>(sql));
  }
}
