import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, rmdirSync } from "node:fs";
import { chmod, lstat, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { Conflict, isEngineError, messageOf, NotFound, ResourceExhausted, Unknown } from "../errdefs/errors.ts";
import type { EventBus } from "../events/events.ts";
import type { Database } from "../metadata/database.ts";
import { checkVolumeDriver, checkVolumeOptions } from "../tenants/policy-check.ts";
import type { Tenant } from "../tenants/tenant.ts";
import { MNT_DETACH, umount2 } from "../mount/libc.ts";
import { bindMount, checkLocalOptions, type LocalMount, localMount, mountLocal } from "./local-options.ts";
import type { VolumePlugin, VolumePlugins } from "./plugins.ts";
import { bytesOf, fillDirectory, deleteTree, isMountPoint } from "./volume-files.ts";
import { rowOf, type VolumeRow, VolumeRecords } from "./volume-records.ts";
import { checkVolumeName } from "./volume-names.ts";
import type { Volume, VolumeService } from "./volume-service.ts";

export interface LocalVolumesOptions {
  database: Database;
  tenant: Tenant;
  /** of all tenants: `<data>/volumes` */
  directory: string;
  events: EventBus;
  /** ids of the tenant's containers that mount the volume */
  usersOf: (name: string) => string[];
  /** where volumes that are not directories of ours are mounted, on a mount that containers' runtimes share */
  mounts: string;
  /** ids of those of them that run now */
  runningUsersOf?: (name: string) => string[];
  /** drivers beside `local`; the policy says who may use them */
  plugins?: VolumePlugins;
}

/** In dockerd's words. */
function noSuchVolume(name: string): NotFound {
  return new NotFound(`${name === "" ? "get" : `get ${name}`}: no such volume`);
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
  readonly #records: VolumeRecords;
  readonly #mayChown = process.getuid?.() === 0;

  constructor(options: LocalVolumesOptions) {
    this.#options = options;
    this.#directory = join(options.directory, options.tenant.id);
    this.#records = new VolumeRecords(options.database, options.tenant.id, this.#directory);
    mkdirSync(options.directory, { recursive: true, mode: 0o711 });
    mkdirSync(this.#directory, { recursive: true, mode: 0o710 });
    this.#own(this.#directory, 0, options.tenant.idMap.hostBase);
  }

  async create(request: {
    name?: string;
    driver?: string;
    labels?: Record<string, string>;
    options?: Record<string, string>;
  }): Promise<Volume> {
    const driver = request.driver === undefined || request.driver === "" ? "local" : request.driver;
    const options = request.options ?? {};
    const { rules } = this.#options.tenant;
    checkVolumeDriver(rules, driver);
    checkVolumeOptions(rules, options);
    const anonymous = request.name === undefined || request.name === "";
    const name = anonymous ? randomBytes(32).toString("hex") : (request.name ?? "");
    // The driver is looked for first: only a volume of `local` is a directory of that name.
    if (driver !== "local") await this.#pluginFor(name, driver);
    checkVolumeName(name);
    const asked = request.driver ?? "";
    const existing = asked === "" && !anonymous ? await this.#known(name) : this.#records.find(name);
    if (existing !== undefined) {
      if (asked !== "" && existing.driver !== asked) {
        throw new Conflict(
          `create ${name}: driver '${existing.driver}' already has volume '${name}': volume name must be unique`,
        );
      }
      this.#publish("create", name, { driver: existing.driver });
      return existing;
    }
    this.#checkLimit();
    const made =
      driver === "local" ? this.#makeLocal(name, options) : await this.#makeWithPlugin(driver, name, options);
    this.#records.add({
      name,
      labels: JSON.stringify(request.labels ?? null),
      anonymous: anonymous ? 1 : 0,
      created_at: Date.now(),
      driver,
      options: JSON.stringify(request.options ?? null),
      ...made,
    });
    this.#publish("create", name, { driver });
    return this.get(name);
  }

  /** Plugins are the machine's programs, and run as its root. */
  get #plugins(): VolumePlugins | undefined {
    return this.#options.tenant.rules.volumePlugins ? this.#options.plugins : undefined;
  }

  /** One that a plugin holds is known from when it is first asked for. */
  async #known(name: string): Promise<Volume | undefined> {
    const existing = this.#records.find(name);
    const holder = existing === undefined ? await this.#plugins?.holderOf(name) : undefined;
    if (holder === undefined || this.#records.find(name) !== undefined) {
      return existing ?? this.#records.find(name);
    }
    this.#records.add(rowOf(holder));
    return this.get(name);
  }

  #makeLocal(name: string, options: Record<string, string>): Pick<VolumeRow, "mountpoint" | "scope"> {
    checkLocalOptions(name, options);
    this.#makeDirectory(name);
    return { mountpoint: "", scope: "local" };
  }

  async #makeWithPlugin(
    driver: string,
    name: string,
    options: Record<string, string>,
  ): Promise<Pick<VolumeRow, "mountpoint" | "scope">> {
    const plugin = await this.#pluginFor(name, driver);
    try {
      await plugin.create(name, options);
      return { mountpoint: (await plugin.get(name)).Mountpoint ?? "", scope: plugin.scope };
    } catch (error) {
      throw isEngineError(error, "unknown") ? new Unknown(`create ${name}: ${error.message}`, { cause: error }) : error;
    }
  }

  /** For a volume to be made. @throws NotFound, Unknown */
  async #pluginFor(name: string, driver: string): Promise<VolumePlugin> {
    try {
      return await this.#plugin(driver);
    } catch (error) {
      if (isEngineError(error, "not_found", "unknown")) {
        const Kind = error.code === "not_found" ? NotFound : Unknown;
        throw new Kind(`create ${name}: ${error.message}`, { cause: error });
      }
      throw error;
    }
  }

  /** @throws NotFound */
  async #plugin(driver: string): Promise<VolumePlugin> {
    const plugins = this.#plugins;
    if (plugins === undefined) {
      throw new NotFound(`error looking up volume plugin ${driver}: plugin ${JSON.stringify(driver)} not found`);
    }
    return plugins.driver(driver);
  }

  async inspect(name: string): Promise<Volume> {
    const volume = (await this.#known(name)) ?? this.get(name);
    if (volume.driver === "local") {
      return volume;
    }
    const told = await (await this.#plugin(volume.driver)).get(name);
    return {
      ...volume,
      mountpoint: told.Mountpoint ?? volume.mountpoint,
      ...(told.Status === undefined ? {} : { status: told.Status }),
    };
  }

  /**
   * Before a container starts: mounts what its volumes are to be mounted from. Idempotent.
   * @returns host paths by name, of those that are elsewhere than their mount point says
   * @throws Unknown in dockerd's words
   */
  async mount(container: string, names: readonly string[]): Promise<Map<string, string>> {
    const paths = new Map<string, string>();
    for (const name of new Set(names)) {
      const source = await this.#sourceOf(container, this.get(name));
      if (source === undefined) continue;
      const path = join(this.#options.mounts, name);
      mkdirSync(path, { recursive: true, mode: 0o711 });
      if (!isMountPoint(path)) await mountLocal(source, path, this.get(name).mountpoint);
      paths.set(name, path);
    }
    return paths;
  }

  /** Undefined: its mount point is all there is to it. */
  async #sourceOf(container: string, { name, driver, options, mountpoint }: Volume): Promise<LocalMount | undefined> {
    if (driver === "local") {
      return localMount(options);
    }
    try {
      const device = await (await this.#plugin(driver)).mount(name, container);
      return { device, type: "none", flags: bindMount, data: "" };
    } catch (error) {
      throw new Unknown(`error while mounting volume '${mountpoint}': ${messageOf(error)}`, { cause: error });
    }
  }

  /** After its end. What other running containers use stays mounted. Idempotent. */
  async unmount(container: string, names: readonly string[]): Promise<void> {
    for (const name of new Set(names)) {
      const volume = this.#records.find(name);
      const path = join(this.#options.mounts, name);
      if (volume === undefined || !existsSync(path)) continue;
      const others = (this.#options.runningUsersOf?.(name) ?? []).filter((id) => id !== container);
      if (others.length === 0) this.#letGo(name);
      if (volume.driver !== "local") await (await this.#plugin(volume.driver)).unmount(name, container);
    }
  }

  #letGo(name: string): void {
    const path = join(this.#options.mounts, name);
    if (existsSync(path)) {
      if (isMountPoint(path)) umount2(path, MNT_DETACH);
      rmdirSync(path);
    }
  }

  get(name: string): Volume {
    const volume = this.#records.find(name);
    if (volume === undefined) {
      throw noSuchVolume(name);
    }
    return volume;
  }

  drivers(): string[] {
    return ["local", ...(this.#plugins?.active() ?? [])];
  }

  list(): Volume[] {
    return this.#records.list();
  }

  async listAll(): Promise<{ volumes: Volume[]; warnings: string[] }> {
    const own = this.list();
    const names = new Set(own.map(({ name }) => name));
    const held = (await this.#plugins?.held()) ?? { volumes: [], warnings: [] };
    const others = held.volumes
      .filter(({ volume }) => !names.has(volume.Name))
      .map((one) => this.#records.volumeOf(rowOf(one)));
    return { volumes: [...own, ...others], warnings: held.warnings };
  }

  async remove(name: string, force: boolean): Promise<void> {
    const volume = await this.#known(name);
    if (volume === undefined) {
      if (force) {
        return;
      }
      throw noSuchVolume(name);
    }
    await this.#delete(volume, force);
    this.#publish("destroy", name, { driver: volume.driver });
  }

  async prune(name: string): Promise<number> {
    const bytes = await this.usage(name);
    await this.#delete(this.get(name), false);
    return bytes;
  }

  async #delete({ name, driver }: Volume, force: boolean): Promise<void> {
    const users = this.users(name);
    if (users.length > 0) {
      throw new Conflict(`remove ${name}: volume is in use - [${users.join(", ")}]`);
    }
    if (driver !== "local") {
      await this.#deleteWithPlugin(name, driver, force);
    }
    this.#letGo(name);
    const removed = join(this.#directory, `.removed-${randomBytes(8).toString("hex")}`);
    this.#records.remove(name);
    // Without the record the directory is a leftover, which `restore` deletes after a crash.
    if (existsSync(join(this.#directory, name))) {
      await rename(join(this.#directory, name), removed);
      await deleteTree(removed);
    }
  }

  async #deleteWithPlugin(name: string, driver: string, force: boolean): Promise<void> {
    try {
      await (await this.#plugin(driver)).remove(name);
    } catch (error) {
      if (!force) throw new Unknown(`remove ${name}: ${messageOf(error)}`, { cause: error });
    }
  }

  async usage(name: string): Promise<number> {
    const { mountpoint, driver } = this.get(name);
    if (driver !== "local") {
      return 0;
    }
    return bytesOf(mountpoint);
  }

  users(name: string): string[] {
    return this.#options.usersOf(name);
  }

  /** True while nothing was ever put into it: the image's content may be copied up. */
  async isEmpty(name: string): Promise<boolean> {
    const { driver, options, mountpoint } = this.get(name);
    const mountedLater = driver !== "local" || localMount(options) !== undefined;
    return !mountedLater && (await readdir(mountpoint)).length === 0;
  }

  /**
   * Copies what the image holds at the mount point into an empty volume, with owners, modes and times.
   * @param source a directory that nothing writes to meanwhile; its links are copied as links
   */
  async copyUp(name: string, source: string): Promise<void> {
    const { mountpoint } = this.get(name);
    await fillDirectory(source, mountpoint);
    // Also the directory itself is as in the image (Docker: a postgres volume belongs to postgres).
    const { uid, gid, mode } = await lstat(source);
    this.#own(mountpoint, uid, gid);
    await chmod(mountpoint, mode & 0o7777);
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
