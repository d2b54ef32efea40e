import { NotFound } from "../errdefs/errors.ts";
import type { Database } from "../metadata/database.ts";
import type { ChainID, DiffID } from "../oci/digest.ts";
import type { Layer, LayerID } from "./layer-store.ts";

interface Row {
  id: LayerID;
  parent: LayerID | null;
  diffId: DiffID | null;
  chainId: ChainID | null;
  size: number;
  createdAt: number;
  usedAt: number;
}

const columns =
  "id, parent, diff_id AS diffId, chain_id AS chainId, size, created_at AS createdAt, used_at AS usedAt FROM layers";

/** The metadata of layers. */
export class LayerTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    db.migrate("layers", [
      `CREATE TABLE layers (
         id TEXT PRIMARY KEY,
         parent TEXT REFERENCES layers (id),
         diff_id TEXT,
         chain_id TEXT,
         size INTEGER NOT NULL,
         created_at INTEGER NOT NULL,
         used_at INTEGER NOT NULL
       );
       CREATE INDEX layers_by_chain ON layers (chain_id);
       CREATE INDEX layers_by_parent ON layers (parent);`,
    ]);
  }

  insert(layer: Layer, chainId: ChainID | undefined): void {
    this.#db.run(
      "INSERT INTO layers (id, parent, diff_id, chain_id, size, created_at, used_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      layer.id,
      layer.parent ?? null,
      layer.diffId ?? null,
      chainId ?? null,
      layer.size,
      layer.createdAt,
      layer.createdAt,
    );
  }

  find(id: LayerID): Row | undefined {
    return this.#db.get<Row>(`SELECT ${columns} WHERE id = ?`, id);
  }

  /** @throws NotFound */
  get(id: LayerID): Row {
    const row = this.find(id);
    if (row === undefined) {
      throw new NotFound(`No such layer: ${id}`);
    }
    return row;
  }

  /** The oldest layer of that chain; it counts as used now. */
  findByChain(chainId: ChainID): Row | undefined {
    const row = this.#db.get<Row>(`SELECT ${columns} WHERE chain_id = ? ORDER BY created_at LIMIT 1`, chainId);
    if (row !== undefined) {
      this.#db.run("UPDATE layers SET used_at = ? WHERE id = ?", Date.now(), row.id);
    }
    return row;
  }

  setDigest(id: LayerID, digest: { diffId: DiffID; chainId: ChainID; size: number }): void {
    this.#db.run(
      "UPDATE layers SET diff_id = ?, chain_id = ?, size = ? WHERE id = ?",
      digest.diffId,
      digest.chainId,
      digest.size,
      id,
    );
  }

  list(): Row[] {
    return this.#db.all<Row>(`SELECT ${columns} ORDER BY created_at, id`);
  }

  children(id: LayerID): LayerID[] {
    return this.#db.all<{ id: LayerID }>("SELECT id FROM layers WHERE parent = ?", id).map((row) => row.id);
  }

  /** Deletes a layer with all that is based on it; returns their ids. */
  forget(id: LayerID): LayerID[] {
    return this.#db.transaction(() => {
      const gone = this.children(id).flatMap((child) => this.forget(child));
      this.delete(id);
      return [...gone, id];
    });
  }

  /** Idempotent. */
  delete(id: LayerID): void {
    this.#db.run("DELETE FROM layers WHERE id = ?", id);
  }
}

export function layerOf(row: Row): Layer {
  return {
    id: row.id,
    parent: row.parent ?? undefined,
    diffId: row.diffId ?? undefined,
    size: row.size,
    createdAt: row.createdAt,
  };
}
