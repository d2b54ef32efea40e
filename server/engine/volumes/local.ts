import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync } from "node:fs";
import { lstat, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { Conflict, Internal, InvalidArgument, NotFound, ResourceExhausted } from "../errdefs/errors.ts";
import type { EventBus } from "../events/events.ts";
import type { Database } from "../metadata/database.ts";
import { checkVolumeOptions } from "../tenants/policy-check.ts";
import type { Tenant } from "../tenants/tenant.ts";
import { checkVolumeName } from "./volume-names.ts";
import type { Volume, VolumeService } from "./volume-service.ts";

interface Row {
  name: string;
  labels: string;
  anonymous: number;
  created_at: number;
}

export interface LocalVolumesOptions {
  database: Database;
  tenant: Tenant;
  /** of all tenants: `<data>/volumes` */
  directory: string;
  events: EventBus;
  /** ids of the tenant's containers that mount the volume */
  usersOf: (name: string) => string[];
}

/**
 * Directories on the machine's disk. Files in a volume carry the tenant's host ids, so a volume is bind-mounted as it
 * is and another tenant's root could not read it even if it were mounted there by mistake.
 *
 * ```
 * <directory>/<tenant>/               0710 root:<host gid of the tenant's root>
 * <directory>/<tenant>/<name>/_data/  the volume
 * <directory>/<tenant>/.removed-<id>  being deleted
 * ```
 */
export class LocalVolumes implements VolumeService {
  readonly #options: LocalVolumesOptions;
  readonly #directory: string;
  readonly #mayChown = process.getuid?.() === 0;

  constructor(options: LocalVolumesOptions) {
    this.#options = options;
    this.#directory = join(options.directory, options.tenant.id);
    options.database.migrate("volumes", [
      `CREATE TABLE volumes (
        tenant TEXT NOT NULL, name TEXT NOT NULL, labels TEXT NOT NULL, anonymous INTEGER NOT NULL,
        created_at INTEGER NOT NULL, PRIMARY KEY (tenant, name))`,
    ]);
    mkdirSync(options.directory, { recursive: true, mode: 0o711 });
    mkdirSync(this.#directory, { recursive: true, mode: 0o710 });
    this.#own(this.#directory, 0, options.tenant.idMap.hostBase);
  }

  // eslint-disable-next-line typescript/require-await -- other drivers take time
  async create(request: {
    name?: string;
    driver?: string;
    labels?: Record<string, string>;
    options?: Record<string, string>;
  }): Promise<Volume> {
    const driver = request.driver ?? "local";
    if (driver !== "local" && driver !== "") {
      throw new NotFound(`error looking up volume plugin ${driver}: plugin "${driver}" not found`);
    }
    const options = request.options ?? {};
    checkVolumeOptions(this.#options.tenant.policy, options);
    if (Object.keys(options).length > 0) {
      throw new InvalidArgument(
        `create ${request.name ?? "volume"}: driver options (${Object.keys(options).join(", ")}) are not supported by the local driver here`,
      );
    }
    const anonymous = request.name === undefined || request.name === "";
    const name = anonymous ? randomBytes(32).toString("hex") : (request.name ?? "");
    checkVolumeName(name);
    const existing = this.#find(name);
    if (existing !== undefined) {
      return existing;
    }
    this.#checkLimit();
    this.#makeDirectory(name);
    this.#options.database.run(
      "INSERT INTO volumes (tenant, name, labels, anonymous, created_at) VALUES (?, ?, ?, ?, ?)",
      this.#options.tenant.id,
      name,
      JSON.stringify(request.labels ?? {}),
      anonymous ? 1 : 0,
      Date.now(),
    );
    this.#publish("create", name, { driver: "local" });
    return this.get(name);
  }

  get(name: string): Volume {
    const volume = this.#find(name);
    if (volume === undefined) {
      throw new NotFound(`get ${name}: no such volume`);
    }
    return volume;
  }

  list(): Volume[] {
    return this.#options.database
      .all<Row>("SELECT * FROM volumes WHERE tenant = ? ORDER BY name", this.#options.tenant.id)
      .map((row) => this.#volumeOf(row));
  }

  async remove(name: string, force: boolean): Promise<void> {
    const volume = this.#find(name);
    if (volume === undefined) {
      if (force) {
        return;
      }
      throw new NotFound(`get ${name}: no such volume`);
    }
    const users = this.users(name);
    if (users.length > 0) {
      throw new Conflict(`remove ${name}: volume is in use - [${users.join(", ")}]`);
    }
    const removed = join(this.#directory, `.removed-${randomBytes(8).toString("hex")}`);
    this.#options.database.run("DELETE FROM volumes WHERE tenant = ? AND name = ?", this.#options.tenant.id, name);
    // Without the record the directory is a leftover, which `restore` deletes after a crash.
    if (existsSync(join(this.#directory, name))) {
      await rename(join(this.#directory, name), removed);
      await deleteTree(removed);
    }
    this.#publish("destroy", name, { driver: "local" });
  }

  async usage(name: string): Promise<number> {
    const { mountpoint } = this.get(name);
    const output = await runProgram("du", ["--summarize", "--bytes", "--one-file-system", mountpoint]);
    return Number.parseInt(output, 10);
  }

  users(name: string): string[] {
    return this.#options.usersOf(name);
  }

  /** True while nothing was ever put into it: the image's content may be copied up. */
  async isEmpty(name: string): Promise<boolean> {
    return (await readdir(this.get(name).mountpoint)).length === 0;
  }

  /**
   * Copies what the image holds at the mount point into an empty volume, with owners, modes and times.
   * @param source a directory that nothing writes to meanwhile; its links are copied as links
   */
  async copyUp(name: string, source: string): Promise<void> {
    const { mountpoint } = this.get(name);
    await runProgram("cp", ["--archive", "--no-target-directory", `${source}/.`, mountpoint]);
    // Also the directory itself is as in the image (Docker: a postgres volume belongs to postgres).
    const { uid, gid, mode } = await lstat(source);
    this.#own(mountpoint, uid, gid);
    await runProgram("chmod", [(mode & 0o7777).toString(8), mountpoint]);
  }

  /** After a restart of `drydockd`: deletes directories that no record names (a create or remove that was cut off). */
  async restore(): Promise<void> {
    const known = new Set(this.list().map((volume) => volume.name));
    for (const name of await readdir(this.#directory)) {
      if (!known.has(name)) {
        await deleteTree(join(this.#directory, name));
      }
    }
  }

  /** With its tenant: deletes every volume and the directory. */
  async destroy(): Promise<void> {
    for (const volume of this.list()) {
      await this.remove(volume.name, true);
    }
    await deleteTree(this.#directory);
  }

  #find(name: string): Volume | undefined {
    const row = this.#options.database.get<Row>(
      "SELECT * FROM volumes WHERE tenant = ? AND name = ?",
      this.#options.tenant.id,
      name,
    );
    return row === undefined ? undefined : this.#volumeOf(row);
  }

  #volumeOf(row: Row): Volume {
    return {
      name: row.name,
      driver: "local",
      mountpoint: join(this.#directory, row.name, "_data"),
      labels: JSON.parse(row.labels) as Record<string, string>,
      options: {},
      anonymous: row.anonymous === 1,
      createdAt: row.created_at,
    };
  }

  #checkLimit(): void {
    const limit = this.#options.tenant.limits.volumes;
    if (limit !== undefined && this.list().length >= limit) {
      throw new ResourceExhausted(
        `the limit of ${limit} volumes is reached: remove some (docker volume prune removes those not in use)`,
      );
    }
  }

  #makeDirectory(name: string): void {
    const { hostBase } = this.#options.tenant.idMap;
    mkdirSync(join(this.#directory, name), { recursive: true, mode: 0o711 });
    const data = join(this.#directory, name, "_data");
    mkdirSync(data, { recursive: true, mode: 0o755 });
    this.#own(data, hostBase, hostBase);
  }

  #own(path: string, uid: number, gid: number): void {
    if (this.#mayChown) {
      chownSync(path, uid, gid);
    }
  }

  #publish(action: string, name: string, attributes: Record<string, string>): void {
    this.#options.events.publish({ type: "volume", action, actor: { id: name, attributes } });
  }
}

/** rm(1) and not fs.rm: it descends by directory handles, so a tree deeper than PATH_MAX is deleted too. */
export async function deleteTree(path: string): Promise<void> {
  await runProgram("rm", ["--recursive", "--force", "--one-file-system", path]);
}

function runProgram(program: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, LC_ALL: "C" } });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-2_000)));
    child.on("error", (cause) => reject(new Internal(`${program}: ${cause.message}`, { cause })));
    child.on("close", (code) =>
      code === 0 ? resolve(output) : reject(new Internal(`${program} ${args.join(" ")}: ${errors.trim()}`)),
    );
  });
}
