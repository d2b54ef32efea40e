import type { Database } from "../metadata/database.ts";
import type { LayerID } from "../layers/layer-store.ts";
import type { Digest } from "../oci/digest.ts";
import type { Descriptor, ImageConfig } from "../oci/types.ts";
import type { Resource, RootSource } from "../leases/leases.ts";
import type { LayerBlobs, LayerStore } from "../layers/layer-store.ts";
import { isEngineError } from "../errdefs/errors.ts";

/** One image as it is stored, without its names. */
export interface ImageRecord {
  id: Digest;
  config: ImageConfig;
  layers: LayerID[];
  manifest: Descriptor | undefined;
  size: number;
  taggedAt: number;
  /** ms since the epoch of the last tag that was made here; 0: only pulled or loaded */
  lastTag: number;
  standIn: boolean;
  parent: Digest | undefined;
}

/** One name of an image: canonical (`docker.io/library/busybox:latest`, `...@sha256:...`). */
export interface NameRecord {
  name: string;
  image: Digest;
}

interface ImageRow {
  id: string;
  config: string;
  layers: string;
  manifest: string | null;
  size: number;
  tagged_at: number;
  last_tag: number;
  stand_in: number;
  parent: string | null;
}

const migrations = [
  `CREATE TABLE images (
     tenant TEXT NOT NULL, id TEXT NOT NULL, config TEXT NOT NULL, layers TEXT NOT NULL, manifest TEXT,
     size INTEGER NOT NULL, tagged_at INTEGER NOT NULL, stand_in INTEGER NOT NULL, parent TEXT,
     PRIMARY KEY (tenant, id)
   ) WITHOUT ROWID;
   CREATE INDEX images_parent ON images (tenant, parent);
   CREATE TABLE image_names (
     tenant TEXT NOT NULL, name TEXT NOT NULL, image TEXT NOT NULL,
     PRIMARY KEY (tenant, name),
     FOREIGN KEY (tenant, image) REFERENCES images (tenant, id) ON DELETE CASCADE
   ) WITHOUT ROWID;
   CREATE INDEX image_names_image ON image_names (tenant, image);`,
  `ALTER TABLE images ADD COLUMN last_tag INTEGER NOT NULL DEFAULT 0`,
];

/** The rows behind one tenant's `ImageStore`. Synchronous; callers group calls with `Database.transaction`. */
export class ImageRecords {
  readonly #database: Database;
  readonly #tenant: string;

  constructor(database: Database, tenant: string) {
    this.#database = database;
    this.#tenant = tenant;
    database.migrate("images", migrations);
  }

  transaction<T>(body: () => T): T {
    return this.#database.transaction(body);
  }

  list(): ImageRecord[] {
    return this.#database
      .all<ImageRow>("SELECT * FROM images WHERE tenant = ? ORDER BY tagged_at DESC, id", this.#tenant)
      .map(toRecord);
  }

  count(): number {
    const sql = "SELECT count(*) AS count FROM images WHERE tenant = ?";
    return this.#database.get<{ count: number }>(sql, this.#tenant)?.count ?? 0;
  }

  get(id: Digest): ImageRecord | undefined {
    const row = this.#database.get<ImageRow>("SELECT * FROM images WHERE tenant = ? AND id = ?", this.#tenant, id);
    return row === undefined ? undefined : toRecord(row);
  }

  has(id: string): boolean {
    return this.#database.get("SELECT 1 FROM images WHERE tenant = ? AND id = ?", this.#tenant, id) !== undefined;
  }

  /** Ids that start with `prefix` (with `sha256:`), two at most: enough to know whether it is unique. */
  idsWithPrefix(prefix: string): Digest[] {
    return this.#database
      .all<{ id: Digest }>(
        "SELECT id FROM images WHERE tenant = ? AND id >= ? AND id < ? LIMIT 2",
        this.#tenant,
        prefix,
        `${prefix}g`,
      )
      .map((row) => row.id);
  }

  childrenOf(id: Digest): Digest[] {
    return this.#database
      .all<{ id: Digest }>("SELECT id FROM images WHERE tenant = ? AND parent = ?", this.#tenant, id)
      .map((row) => row.id);
  }

  /** Adds the image; one that exists keeps what it has, gains a manifest and a parent if it had none. */
  put(record: ImageRecord): void {
    this.#database.run(
      `INSERT INTO images (tenant, id, config, layers, manifest, size, tagged_at, last_tag, stand_in, parent)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET
         manifest = coalesce(excluded.manifest, manifest), parent = coalesce(parent, excluded.parent),
         tagged_at = excluded.tagged_at, last_tag = max(last_tag, excluded.last_tag),
         stand_in = min(stand_in, excluded.stand_in)`,
      this.#tenant,
      record.id,
      JSON.stringify(record.config),
      JSON.stringify(record.layers),
      record.manifest === undefined ? null : JSON.stringify(record.manifest),
      record.size,
      record.taggedAt,
      record.lastTag,
      record.standIn ? 1 : 0,
      record.parent ?? null,
    );
  }

  delete(id: Digest): void {
    this.#database.run("DELETE FROM images WHERE tenant = ? AND id = ?", this.#tenant, id);
  }

  touch(id: Digest, taggedAt: number): void {
    this.#database.run(
      "UPDATE images SET tagged_at = ?, last_tag = ? WHERE tenant = ? AND id = ?",
      taggedAt,
      taggedAt,
      this.#tenant,
      id,
    );
  }

  setManifest(id: Digest, manifest: Descriptor): void {
    this.#database.run(
      "UPDATE images SET manifest = ? WHERE tenant = ? AND id = ?",
      JSON.stringify(manifest),
      this.#tenant,
      id,
    );
  }

  imageOf(name: string): Digest | undefined {
    return this.#database.get<{ image: Digest }>(
      "SELECT image FROM image_names WHERE tenant = ? AND name = ?",
      this.#tenant,
      name,
    )?.image;
  }

  nameCount(): number {
    const sql = "SELECT count(*) AS count FROM image_names WHERE tenant = ?";
    return this.#database.get<{ count: number }>(sql, this.#tenant)?.count ?? 0;
  }

  /** All names, or those of one image, sorted. */
  names(image?: Digest): NameRecord[] {
    return image === undefined
      ? this.#database.all("SELECT name, image FROM image_names WHERE tenant = ? ORDER BY name", this.#tenant)
      : this.#database.all(
          "SELECT name, image FROM image_names WHERE tenant = ? AND image = ? ORDER BY name",
          this.#tenant,
          image,
        );
  }

  setName(name: string, image: Digest): void {
    this.#database.run(
      "INSERT INTO image_names (tenant, name, image) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET image = excluded.image",
      this.#tenant,
      name,
      image,
    );
  }

  deleteName(name: string): void {
    this.#database.run("DELETE FROM image_names WHERE tenant = ? AND name = ?", this.#tenant, name);
  }
}

function toRecord(row: ImageRow): ImageRecord {
  return {
    id: row.id as Digest,
    config: JSON.parse(row.config) as ImageConfig,
    layers: JSON.parse(row.layers) as LayerID[],
    manifest: row.manifest === null ? undefined : (JSON.parse(row.manifest) as Descriptor),
    size: row.size,
    taggedAt: row.tagged_at,
    lastTag: row.last_tag,
    standIn: row.stand_in === 1,
    parent: (row.parent ?? undefined) as Digest | undefined,
  };
}

/** What the images of all tenants keep from being collected: layers, configs, manifests and compressed layers. */
export class ImageRoots implements RootSource {
  readonly #database: Database;
  readonly #layers: Pick<LayerStore, "get">;
  readonly #blobs: { of(tenant: string): Pick<LayerBlobs, "find"> };

  constructor(
    database: Database,
    layers: Pick<LayerStore, "get">,
    blobs: { of(tenant: string): Pick<LayerBlobs, "find"> },
  ) {
    this.#database = database;
    this.#layers = layers;
    this.#blobs = blobs;
    database.migrate("images", migrations);
  }

  *roots(): Iterable<Resource> {
    const layers = new Map<string, Set<LayerID>>();
    for (const row of this.#database.all<ImageRow & { tenant: string }>("SELECT * FROM images")) {
      const record = toRecord(row);
      const own = layers.get(row.tenant) ?? new Set();
      layers.set(row.tenant, own);
      yield { kind: "content", id: record.id };
      if (record.manifest !== undefined) {
        yield { kind: "content", id: record.manifest.digest };
      }
      for (const layer of record.layers) {
        own.add(layer);
      }
    }
    for (const [tenant, own] of layers) {
      const blobs = this.#blobs.of(tenant);
      for (const layer of own) {
        yield { kind: "layer", id: layer };
        const blob = this.#blobOf(layer, blobs);
        if (blob !== undefined) {
          yield { kind: "content", id: blob };
        }
      }
    }
  }

  #blobOf(layer: LayerID, blobs: Pick<LayerBlobs, "find">): Digest | undefined {
    try {
      const { diffId } = this.#layers.get(layer);
      return diffId === undefined ? undefined : blobs.find(diffId)?.digest;
    } catch (error) {
      // A damaged store lacks the layer: then it has no blob either, and everything else must still be kept.
      if (isEngineError(error, "not_found")) {
        return undefined;
      }
      throw error;
    }
  }
}
