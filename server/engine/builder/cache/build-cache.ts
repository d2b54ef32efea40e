import { randomUUID } from "node:crypto";
import { isEngineError } from "../../errdefs/errors.ts";
import type { LayerID, LayerStore } from "../../layers/layer-store.ts";
import type { Resource, RootSource } from "../../leases/leases.ts";
import type { Database } from "../../metadata/database.ts";
import type { Digest } from "../../oci/digest.ts";
import type { BuildCacheAdmin, BuildCacheRecord, PruneOptions } from "./cache-admin.ts";
import type { BuildResult } from "../ops/result.ts";
import type { CacheManager, CacheRecord } from "../solver/types.ts";
import { FailedStepRoots } from "../records/build-records.ts";
import { buildCacheTables } from "./tables.ts";

interface Row {
  id: string;
  layer: string | null;
  description: string;
  bytes: number;
  created_at: number;
  used_at: number;
  uses: number;
}

export interface BuildCacheOptions {
  /** whose builds share it: a tenant */
  scope: string;
  database: Database;
  layers: LayerStore;
  /** listed and pruned with the records */
  mounts?: CacheMountAdmin;
  /** what is kept of records that no build uses; see `trim` */
  limits?: { bytes: number; unusedForMs: number };
  /** layers of the images that there are: what the cache has of them costs nothing */
  imageLayers?: () => ReadonlySet<string>;
  /** forgets what failed steps left: a prune without limits does */
  forgetLeft?: () => void;
  /** called when records were dropped: what only they kept can be collected */
  onPruned?: () => void;
}

/** Directories of cache mounts. */
export interface CacheMountAdmin {
  list(): Promise<BuildCacheRecord[]>;
  /** Idempotent; one in use stays. False: it stayed. */
  remove(id: string): boolean;
}

const defaultLimits = { bytes: 20 * 1024 ** 3, unusedForMs: 30 * 86_400_000 };

/**
 * The layers that builds made, by key, in the metadata: they outlive restarts, and are roots for garbage collection.
 * A record whose layer is gone is a miss, and goes too.
 */
export class BuildCache implements CacheManager<BuildResult>, BuildCacheAdmin, RootSource {
  readonly #options: BuildCacheOptions;
  /** uses since the last flush */
  readonly #used = new Map<string, { at: number; count: number }>();
  /** how many running builds use a record */
  readonly #held = new Map<string, number>();

  constructor(options: BuildCacheOptions) {
    this.#options = options;
    options.database.migrate("builder-cache", buildCacheTables);
  }

  async find(key: Digest): Promise<CacheRecord<BuildResult> | undefined> {
    const { database, scope, layers } = this.#options;
    const row = database.get<Row>(
      `SELECT r.* FROM build_cache_keys k JOIN build_cache_records r ON r.scope = k.scope AND r.id = k.record
       WHERE k.scope = ? AND k.key = ?`,
      scope,
      key,
    );
    if (row === undefined) {
      return undefined;
    }
    try {
      if (row.layer !== null) {
        layers.get(row.layer as LayerID);
      }
    } catch (error) {
      if (isEngineError(error, "not_found")) {
        this.#drop([row.id]);
        return undefined;
      }
      throw error;
    }
    const used = this.#used.get(row.id);
    this.#used.set(row.id, { at: Date.now(), count: (used?.count ?? 0) + 1 });
    return {
      id: row.id,
      result: { kind: "layer", layer: (row.layer ?? undefined) as LayerID | undefined, bytes: row.bytes },
      createdAt: row.created_at,
    };
  }

  save(keys: readonly Digest[], result: BuildResult, description: string): CacheRecord<BuildResult> {
    const { database, scope } = this.#options;
    const id = randomUUID();
    const createdAt = Date.now();
    const layer = result.kind === "layer" ? result.layer : undefined;
    const bytes = result.kind === "layer" ? result.bytes : 0;
    database.transaction(() => {
      database.run(
        `INSERT INTO build_cache_records (scope, id, layer, description, bytes, created_at, used_at, uses)
         VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
        scope,
        id,
        layer ?? null,
        description.slice(0, 1000),
        bytes,
        createdAt,
        createdAt,
      );
      for (const key of keys) {
        this.#lead(key, id);
      }
    });
    return { id, result, createdAt };
  }

  link(key: Digest, id: string): void {
    this.#options.database.transaction(() => this.#lead(key, id));
  }

  /** From now on the key leads to this record. The one that it led to is of no use when no other key does. */
  #lead(key: Digest, id: string): void {
    const { database, scope } = this.#options;
    const at = [scope, key] as const;
    const before = database.get<{ record: string }>(
      "SELECT record FROM build_cache_keys WHERE scope = ? AND key = ?",
      ...at,
    );
    database.run("INSERT OR REPLACE INTO build_cache_keys (scope, key, record) VALUES (?, ?, ?)", ...at, id);
    if (before === undefined || before.record === id) {
      return;
    }
    const unled = "NOT EXISTS (SELECT 1 FROM build_cache_keys WHERE scope = ? AND record = ?)";
    const old = [scope, before.record] as const;
    database.run(`DELETE FROM build_cache_records WHERE scope = ? AND id = ? AND ${unled}`, ...old, ...old);
  }

  /** Marks a record as used by a running build, which prune leaves alone. Call the result when the build has ended. */
  hold(id: string): () => void {
    this.#held.set(id, (this.#held.get(id) ?? 0) + 1);
    return () => {
      const left = (this.#held.get(id) ?? 1) - 1;
      if (left === 0) {
        this.#held.delete(id);
      } else {
        this.#held.set(id, left);
      }
    };
  }

  /** Writes down which records were used since the last time; once per build. */
  flush(): void {
    const { database, scope } = this.#options;
    const used = [...this.#used];
    this.#used.clear();
    if (used.length === 0) {
      return;
    }
    database.transaction(() => {
      for (const [id, { at, count }] of used) {
        const sql = "UPDATE build_cache_records SET used_at = ?, uses = uses + ? WHERE scope = ? AND id = ?";
        database.run(sql, at, count, scope, id);
      }
    });
  }

  async list(): Promise<BuildCacheRecord[]> {
    this.flush();
    const mounts = (await this.#options.mounts?.list()) ?? [];
    return [...this.#described(this.#rows()).values(), ...mounts];
  }

  #described(rows: readonly Row[]): Map<string, BuildCacheRecord> {
    const images = this.#options.imageLayers?.() ?? new Set();
    const byLayer = new Map(rows.flatMap((row) => (row.layer === null ? [] : [[row.layer, row] as const])));
    const parentOf = (layer: string): Row | undefined => byLayer.get(this.#parentLayer(layer) ?? "");
    return new Map(
      rows.map((row): [string, BuildCacheRecord] => {
        const parent = row.layer === null ? undefined : parentOf(row.layer);
        return [
          row.id,
          {
            id: shortId(row.id),
            type: "regular",
            description: row.description,
            bytes: row.bytes,
            createdAt: row.created_at,
            lastUsedAt: row.used_at,
            usageCount: row.uses,
            inUse: this.#held.has(row.id),
            shared: row.layer !== null && images.has(row.layer),
            parents: parent === undefined || parent.id === row.id ? [] : [shortId(parent.id)],
          },
        ];
      }),
    );
  }

  /** @returns undefined also for a layer that is gone */
  #parentLayer(layer: string): LayerID | undefined {
    try {
      return this.#options.layers.get(layer as LayerID).parent;
    } catch (error) {
      if (isEngineError(error, "not_found")) {
        return undefined;
      }
      throw error;
    }
  }

  /** Drops what was unused for too long, and the least recently used beyond the limit. After each build. */
  trim(): void {
    const { limits = defaultLimits, onPruned } = this.#options;
    const rows = this.#rows();
    const oldest = Date.now() - limits.unusedForMs;
    let total = rows.reduce((sum, row) => sum + row.bytes, 0);
    const dropped: string[] = [];
    for (const row of rows) {
      if ((row.used_at < oldest || total > limits.bytes) && !this.#held.has(row.id)) {
        dropped.push(row.id);
        total -= row.bytes;
      }
    }
    if (dropped.length > 0) {
      this.#drop(dropped);
      onPruned?.();
    }
  }

  async prune(options: PruneOptions): Promise<{ ids: string[]; bytes: number }> {
    const { all, matches = () => true } = options;
    this.flush();
    const rows = this.#rows();
    const described = this.#described(rows);
    const wanted = (record: BuildCacheRecord | undefined): boolean =>
      record !== undefined && (all || !record.shared) && matches(record);
    const newest = Date.now() - (options.unusedForMs ?? 0);
    let total = rows.reduce((sum, row) => sum + row.bytes, 0);
    const dropped: Row[] = [];
    for (const row of rows) {
      const kept = options.keepBytes !== undefined && total <= options.keepBytes;
      if (!kept && row.used_at <= newest && !this.#held.has(row.id) && wanted(described.get(row.id))) {
        dropped.push(row);
        total -= row.bytes;
      }
    }
    this.#drop(dropped.map((row) => row.id));
    const { unusedForMs, keepBytes } = options;
    if (unusedForMs === undefined && keepBytes === undefined && options.matches === undefined) {
      this.#options.forgetLeft?.();
    }
    const mounts = await this.#pruneMounts({ newest, keepBytes: options.keepBytes, total, matches });
    this.#options.onPruned?.();
    const freed = dropped.filter((row) => described.get(row.id)?.shared !== true);
    return {
      ids: [...dropped.map((row) => shortId(row.id)), ...mounts.map(({ id }) => id)],
      bytes: [...freed, ...mounts].reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  /** Cache mounts go last: they are what is dearest to make again. */
  async #pruneMounts(limits: {
    newest: number;
    keepBytes: number | undefined;
    total: number;
    matches: (record: BuildCacheRecord) => boolean;
  }): Promise<BuildCacheRecord[]> {
    const { mounts } = this.#options;
    const listed = (await mounts?.list()) ?? [];
    const all = listed.filter(limits.matches).toSorted((a, b) => a.lastUsedAt - b.lastUsedAt);
    let total = all.reduce((sum, { bytes }) => sum + bytes, limits.total);
    const dropped: BuildCacheRecord[] = [];
    for (const mount of all) {
      const kept = limits.keepBytes !== undefined && total <= limits.keepBytes;
      if (!kept && mount.lastUsedAt <= limits.newest && mounts?.remove(mount.id) === true) {
        dropped.push(mount);
        total -= mount.bytes;
      }
    }
    return dropped;
  }

  /** Drops everything of this scope: its tenant goes away. */
  destroy(): void {
    const { database, scope, onPruned } = this.#options;
    database.transaction(() => {
      for (const table of ["build_cache_keys", "build_cache_records", "build_cache_steps"]) {
        database.run(`DELETE FROM ${table} WHERE scope = ?`, scope);
      }
    });
    onPruned?.();
  }

  *roots(): Iterable<Resource> {
    for (const row of this.#rows()) {
      if (row.layer !== null) {
        yield { kind: "layer", id: row.layer };
      }
    }
  }

  /** Least recently used first. */
  #rows(): Row[] {
    return this.#options.database.all<Row>(
      "SELECT * FROM build_cache_records WHERE scope = ? ORDER BY used_at, created_at",
      this.#options.scope,
    );
  }

  #drop(ids: readonly string[]): void {
    const { database, scope } = this.#options;
    database.transaction(() => {
      for (const id of ids) {
        database.run("DELETE FROM build_cache_keys WHERE scope = ? AND record = ?", scope, id);
        database.run("DELETE FROM build_cache_records WHERE scope = ? AND id = ?", scope, id);
      }
    });
  }
}

/** As Docker shows it. */
function shortId(id: string): string {
  return id.replaceAll("-", "").slice(0, 25);
}

/** The layers that any tenant's build cache holds, and what failed steps left: also of tenants that nobody has asked for since the start. */
export class BuildCacheRoots implements RootSource {
  readonly #database: Database;
  readonly #failed: FailedStepRoots;

  constructor(database: Database) {
    this.#database = database;
    this.#failed = new FailedStepRoots(database);
    database.migrate("builder-cache", buildCacheTables);
  }

  *roots(): Iterable<Resource> {
    const sql = "SELECT DISTINCT layer FROM build_cache_records WHERE layer IS NOT NULL";
    for (const { layer } of this.#database.all<{ layer: string }>(sql)) {
      yield { kind: "layer", id: layer };
    }
    yield* this.#failed.roots();
  }
}
