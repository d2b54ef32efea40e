import { randomUUID } from "node:crypto";
import { NotFound } from "../errdefs/errors.ts";
import type { Database } from "../metadata/database.ts";
import type { Lease, LeaseManager, Resource } from "./leases.ts";

const hour = 3_600_000;

/** Leases in the metadata database. Lapsed ones are dropped whenever one is made or all are asked for. */
export class LocalLeaseManager implements LeaseManager {
  readonly #db: Database;
  readonly #now: () => number;

  constructor(db: Database, options: { now?: () => number } = {}) {
    this.#db = db;
    this.#now = options.now ?? Date.now;
    db.migrate("leases", [
      `CREATE TABLE leases (
         id TEXT PRIMARY KEY,
         purpose TEXT NOT NULL,
         expires_at INTEGER NOT NULL
       );
       CREATE TABLE lease_resources (
         lease TEXT NOT NULL REFERENCES leases (id) ON DELETE CASCADE,
         kind TEXT NOT NULL CHECK (kind IN ('content', 'layer', 'snapshot')),
         id TEXT NOT NULL,
         PRIMARY KEY (lease, kind, id)
       ) WITHOUT ROWID;
       CREATE INDEX lease_resources_by_id ON lease_resources (kind, id);`,
    ]);
  }

  create(purpose: string, ttlMs = hour): Lease {
    const id = randomUUID();
    this.#db.transaction(() => {
      this.#dropLapsed();
      this.#db.run("INSERT INTO leases (id, purpose, expires_at) VALUES (?, ?, ?)", id, purpose, this.#now() + ttlMs);
    });
    return {
      id,
      add: (resource) => this.#add(id, purpose, resource),
      release: () => void this.#db.run("DELETE FROM leases WHERE id = ?", id),
    };
  }

  resources(): Iterable<Resource> {
    this.#dropLapsed();
    return this.#db.all<Resource>("SELECT DISTINCT kind, id FROM lease_resources");
  }

  /** Whether some lease holds it now. */
  holds(resource: Resource): boolean {
    const row = this.#db.get(
      `SELECT 1 FROM lease_resources r JOIN leases l ON l.id = r.lease
       WHERE r.kind = ? AND r.id = ? AND l.expires_at > ? LIMIT 1`,
      resource.kind,
      resource.id,
      this.#now(),
    );
    return row !== undefined;
  }

  #add(lease: string, purpose: string, resource: Resource): void {
    this.#db.transaction(() => {
      if (this.#db.get("SELECT 1 FROM leases WHERE id = ?", lease) === undefined) {
        throw new NotFound(`the lease for ${purpose} was released or has lapsed`);
      }
      this.#db.run(
        "INSERT OR IGNORE INTO lease_resources (lease, kind, id) VALUES (?, ?, ?)",
        lease,
        resource.kind,
        resource.id,
      );
    });
  }

  #dropLapsed(): void {
    this.#db.run("DELETE FROM leases WHERE expires_at <= ?", this.#now());
  }
}
