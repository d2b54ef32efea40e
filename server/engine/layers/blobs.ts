import type { Database } from "../metadata/database.ts";
import type { DiffID, Digest } from "../oci/digest.ts";
import type { LayerBlob, LayerBlobs } from "./layer-store.ts";

/** Owns what was compressed here: no tenant's name. */
const here = "";

/** Compressed blobs of layers, in the metadata database. A blob's records go before the blob does (`forget`). */
export class LocalLayerBlobs {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    db.migrate("layer-blobs", [
      `CREATE TABLE layer_blobs (
         diff_id TEXT NOT NULL,
         digest TEXT NOT NULL,
         size INTEGER NOT NULL,
         media_type TEXT NOT NULL,
         PRIMARY KEY (diff_id, digest)
       ) WITHOUT ROWID;
       CREATE INDEX layer_blobs_by_digest ON layer_blobs (digest);`,
      // 1: whose they are; of those from before it is not known
      `CREATE TABLE owned_layer_blobs (
         diff_id TEXT NOT NULL,
         owner TEXT NOT NULL,
         digest TEXT NOT NULL,
         size INTEGER NOT NULL,
         media_type TEXT NOT NULL,
         PRIMARY KEY (diff_id, owner, digest)
       ) WITHOUT ROWID;
       INSERT INTO owned_layer_blobs SELECT diff_id, '${here}', digest, size, media_type FROM layer_blobs;
       DROP TABLE layer_blobs;
       CREATE INDEX owned_layer_blobs_by_digest ON owned_layer_blobs (digest);`,
    ]);
  }

  /** As one tenant has them. */
  of(tenant: string): LayerBlobs {
    return {
      find: (diffId) => this.#smallest(diffId, [tenant, here]),
      has: (diffId, digest) => {
        const sql = "SELECT 1 FROM owned_layer_blobs WHERE diff_id = ? AND digest = ? LIMIT 1";
        return this.#db.get(sql, diffId, digest) !== undefined;
      },
      record: (diffId, blob) => this.#record(tenant, diffId, blob),
    };
  }

  /** What was compressed here: the same for all. */
  get made(): LayerBlobs {
    return this.of(here);
  }

  /** Whoever brought it: they all unpack to the same. */
  any(diffId: DiffID): LayerBlob | undefined {
    const sql = "SELECT DISTINCT owner FROM owned_layer_blobs WHERE diff_id = ?";
    const owners = this.#db.all<{ owner: string }>(sql, diffId).map(({ owner }) => owner);
    return this.#smallest(diffId, owners);
  }

  /** The blob is about to be deleted. Idempotent. */
  forget(digest: Digest): void {
    this.#db.run("DELETE FROM owned_layer_blobs WHERE digest = ?", digest);
  }

  #smallest(diffId: DiffID, owners: readonly string[]): LayerBlob | undefined {
    return this.#db.get<LayerBlob>(
      `SELECT digest, size, media_type AS mediaType FROM owned_layer_blobs
       WHERE diff_id = ? AND owner IN (SELECT value FROM json_each(?)) ORDER BY size, digest LIMIT 1`,
      diffId,
      JSON.stringify(owners),
    );
  }

  #record(owner: string, diffId: DiffID, blob: LayerBlob): void {
    this.#db.run(
      `INSERT INTO owned_layer_blobs (diff_id, owner, digest, size, media_type) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET size = excluded.size, media_type = excluded.media_type`,
      diffId,
      owner,
      blob.digest,
      blob.size,
      blob.mediaType,
    );
  }
}
