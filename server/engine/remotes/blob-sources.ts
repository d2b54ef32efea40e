import type { Image } from "../images/image-store.ts";
import type { LayerBlobs, LayerStore } from "../layers/layer-store.ts";
import type { Database } from "../metadata/database.ts";
import type { Digest } from "../oci/digest.ts";
import type { Reference } from "../reference/reference.ts";

const migrations = [
  `CREATE TABLE blob_sources (
     tenant TEXT NOT NULL, digest TEXT NOT NULL, domain TEXT NOT NULL, path TEXT NOT NULL, noted_at INTEGER NOT NULL,
     PRIMARY KEY (tenant, digest, domain, path)
   ) WITHOUT ROWID;`,
  "CREATE INDEX blob_sources_by_place ON blob_sources (digest, domain, path)",
  // 1: it was shown without credentials
  "ALTER TABLE blob_sources ADD COLUMN public INTEGER NOT NULL DEFAULT 0",
];

/** In which repositories one tenant has seen a layer's blob, so that a push can mount it from there. */
export class BlobSources {
  readonly #database: Database;
  readonly #tenant: string;
  readonly #layers: LayerStore;
  readonly #blobs: LayerBlobs;

  constructor(database: Database, tenant: string, layers: LayerStore, blobs: LayerBlobs) {
    this.#database = database;
    this.#tenant = tenant;
    this.#layers = layers;
    this.#blobs = blobs;
    database.migrate("blob_sources", migrations);
  }

  /** All layers of `image` are in the repository of `reference`. */
  async note(image: Image, reference: Reference): Promise<void> {
    const digests: Digest[] = [];
    for (const layer of image.layers) {
      const blob = this.#blobs.find(await this.#layers.diffId(layer));
      if (blob !== undefined) {
        digests.push(blob.digest);
      }
    }
    this.noteBlobs(digests, reference, false);
  }

  /** @param isPublic the registry has shown them without credentials */
  noteBlobs(digests: readonly Digest[], reference: Reference, isPublic: boolean): void {
    this.#database.transaction(() => {
      for (const digest of digests) {
        this.#database.run(
          `INSERT INTO blob_sources (tenant, digest, domain, path, noted_at, public) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET noted_at = excluded.noted_at, public = MAX(public, excluded.public)`,
          this.#tenant,
          digest,
          reference.domain,
          reference.path,
          Date.now(),
          isPublic ? 1 : 0,
        );
      }
    });
  }

  /**
   * Whether anybody has seen the blob in this repository, without credentials: whom its registry shows it now may know that
   * somebody has it. Of what is private that would be telling.
   */
  isKnown(digest: Digest, { domain, path }: Reference): boolean {
    const row = this.#database.get(
      "SELECT 1 FROM blob_sources WHERE digest = ? AND domain = ? AND path = ? AND public = 1 LIMIT 1",
      digest,
      domain,
      path,
    );
    return row !== undefined;
  }

  /** Another repository of the same registry that has the blob; a guess that the registry checks. */
  find(digest: Digest, target: Reference): string | undefined {
    return this.#database.get<{ path: string }>(
      `SELECT path FROM blob_sources WHERE tenant = ? AND digest = ? AND domain = ? AND path != ?
       ORDER BY noted_at DESC LIMIT 1`,
      this.#tenant,
      digest,
      target.domain,
      target.path,
    )?.path;
  }
}
