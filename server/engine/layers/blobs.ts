import type { Database } from "../metadata/database.ts";
import type { DiffID, Digest } from "../oci/digest.ts";
import type { LayerBlobs } from "./layer-store.ts";

/** Compressed blobs of layers, in the metadata database. A blob's record goes before the blob does (`forget`). */
export class LocalLayerBlobs implements LayerBlobs {
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
    ]);
  }

  /**
   * The smallest there is. Tenants share the table, and one can have a registry of his send a layer that others have with
   * padding behind its compressed data, and a digest of his choice: it does not take the place of theirs.
   */
  find(diffId: DiffID): { digest: Digest; size: number; mediaType: string } | undefined {
    return this.#db.get<{ digest: Digest; size: number; mediaType: string }>(
      "SELECT digest, size, media_type AS mediaType FROM layer_blobs WHERE diff_id = ? ORDER BY size, digest LIMIT 1",
      diffId,
    );
  }

  record(diffId: DiffID, blob: { digest: Digest; size: number; mediaType: string }): void {
    this.#db.run(
      `INSERT INTO layer_blobs (diff_id, digest, size, media_type) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET size = excluded.size, media_type = excluded.media_type`,
      diffId,
      blob.digest,
      blob.size,
      blob.mediaType,
    );
  }

  /** The blob is about to be deleted. Idempotent. */
  forget(digest: Digest): void {
    this.#db.run("DELETE FROM layer_blobs WHERE digest = ?", digest);
  }
}
