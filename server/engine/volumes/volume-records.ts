import { join } from "node:path";
import type { Database } from "../metadata/database.ts";
import type { HeldVolume } from "./plugins.ts";
import type { Volume } from "./volume-service.ts";

/** A volume as it is kept. */
export interface VolumeRow {
  name: string;
  labels: string;
  anonymous: number;
  created_at: number;
  driver: string;
  options: string;
  mountpoint: string;
  scope: "local" | "global";
}

/** One tenant's volumes in the metadata database. */
export class VolumeRecords {
  readonly #database: Database;
  readonly #tenant: string;
  readonly #directory: string;

  /** @param directory of the tenant's volumes of the driver `local` */
  constructor(database: Database, tenant: string, directory: string) {
    this.#database = database;
    this.#tenant = tenant;
    this.#directory = directory;
    database.migrate("volumes", [
      `CREATE TABLE volumes (
        tenant TEXT NOT NULL, name TEXT NOT NULL, labels TEXT NOT NULL, anonymous INTEGER NOT NULL,
        created_at INTEGER NOT NULL, PRIMARY KEY (tenant, name))`,
      `ALTER TABLE volumes ADD COLUMN driver TEXT NOT NULL DEFAULT 'local';
       ALTER TABLE volumes ADD COLUMN options TEXT NOT NULL DEFAULT 'null';
       ALTER TABLE volumes ADD COLUMN mountpoint TEXT NOT NULL DEFAULT '';
       ALTER TABLE volumes ADD COLUMN scope TEXT NOT NULL DEFAULT 'local';`,
    ]);
  }

  add(row: VolumeRow): void {
    this.#database.run(
      "INSERT INTO volumes (tenant, name, labels, anonymous, created_at, driver, options, mountpoint, scope) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      this.#tenant,
      row.name,
      row.labels,
      row.anonymous,
      row.created_at,
      row.driver,
      row.options,
      row.mountpoint,
      row.scope,
    );
  }

  find(name: string): Volume | undefined {
    const row = this.#database.get<VolumeRow>(
      "SELECT * FROM volumes WHERE tenant = ? AND name = ?",
      this.#tenant,
      name,
    );
    return row === undefined ? undefined : this.volumeOf(row);
  }

  list(): Volume[] {
    return this.#database
      .all<VolumeRow>("SELECT * FROM volumes WHERE tenant = ? ORDER BY name", this.#tenant)
      .map((row) => this.volumeOf(row));
  }

  remove(name: string): void {
    this.#database.run("DELETE FROM volumes WHERE tenant = ? AND name = ?", this.#tenant, name);
  }

  volumeOf(row: VolumeRow): Volume {
    const [labels, options] = [row.labels, row.options].map(
      (text) => JSON.parse(text) as Record<string, string> | null,
    );
    return {
      name: row.name,
      driver: row.driver,
      mountpoint: row.driver === "local" ? join(this.#directory, row.name, "_data") : row.mountpoint,
      labels: labels ?? {},
      options: options ?? {},
      given: { labels: row.labels !== "null", options: row.options !== "null" },
      scope: row.scope,
      anonymous: row.anonymous === 1,
      createdAt: row.created_at,
    };
  }
}

/** The record of a volume that its plugin had before it was asked for here. */
export function rowOf({ driver, scope, volume }: HeldVolume): VolumeRow {
  const made = Date.parse(volume.CreatedAt ?? "");
  return {
    name: volume.Name,
    labels: "null",
    anonymous: 0,
    created_at: Number.isNaN(made) ? Date.now() : made,
    driver,
    options: "null",
    mountpoint: volume.Mountpoint ?? "",
    scope,
  };
}
