import { isEngineError, messageOf, NotFound } from "../errdefs/errors.ts";
import {
  callMethod,
  dockerPluginDirectories,
  findPlugin,
  type PluginDirectories,
  pluginNames,
} from "../plugins/discovery.ts";
import type { PluginAddress } from "../plugins/plugin-address.ts";

/** A volume as its plugin tells of it. */
export interface PluginVolume {
  Name: string;
  Mountpoint?: string;
  CreatedAt?: string;
  Status?: Record<string, unknown>;
}

export interface HeldVolume {
  driver: string;
  scope: "local" | "global";
  volume: PluginVolume;
}

interface Answer {
  Err?: string;
  Mountpoint?: string;
  Volume?: PluginVolume;
  Volumes?: PluginVolume[] | null;
  Implements?: string[];
  Capabilities?: { Scope?: string };
}

/** Legacy plugins of the machine: programs with an HTTP server (Docker docs, Docker Plugin API). */
export class VolumePlugins {
  readonly #directories: PluginDirectories;
  readonly #active = new Map<string, VolumePlugin>();

  constructor(directories: PluginDirectories = dockerPluginDirectories) {
    this.#directories = directories;
  }

  /** Names of the active ones that are drivers of volumes. */
  active(): string[] {
    return [...this.#active.keys()].toSorted();
  }

  /** Activated when it is first needed. @throws NotFound in dockerd's words */
  async driver(name: string): Promise<VolumePlugin> {
    const address = findPlugin(this.#directories, name);
    if (address === undefined) {
      this.#active.delete(name);
      throw new NotFound(`error looking up volume plugin ${name}: plugin ${JSON.stringify(name)} not found`);
    }
    const known = this.#active.get(name);
    if (known?.address.text === address.text) {
      return known;
    }
    const plugin = new VolumePlugin(name, address);
    await plugin.activate();
    this.#active.set(name, plugin);
    return plugin;
  }

  /**
   * What all plugins hold, whoever had it made.
   * @returns a line for each one that could not be asked
   */
  async held(): Promise<{ volumes: HeldVolume[]; warnings: string[] }> {
    const volumes: HeldVolume[] = [];
    const warnings: string[] = [];
    for (const driver of await this.#all()) {
      try {
        const { name, scope } = driver;
        volumes.push(...(await driver.list()).map((volume) => ({ driver: name, scope, volume })));
      } catch (error) {
        warnings.push(`list ${driver.name}: ${messageOf(error)}`);
      }
    }
    return { volumes, warnings };
  }

  /** The first plugin that has a volume of the name; undefined: none. */
  async holderOf(name: string): Promise<HeldVolume | undefined> {
    for (const driver of await this.#all()) {
      try {
        return { driver: driver.name, scope: driver.scope, volume: await driver.get(name) };
      } catch (error) {
        if (!isEngineError(error, "unknown")) throw error;
      }
    }
    return undefined;
  }

  /** All that are drivers of volumes, those that do not answer left out. */
  async #all(): Promise<VolumePlugin[]> {
    const found = await Promise.allSettled(pluginNames(this.#directories).map((name) => this.driver(name)));
    return found.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  }
}

/** One plugin that is a driver of volumes. All calls throw Unknown with the plugin's own words. */
export class VolumePlugin {
  readonly name: string;
  readonly address: PluginAddress;
  scope: "local" | "global" = "local";

  constructor(name: string, address: PluginAddress) {
    this.name = name;
    this.address = address;
  }

  /** @throws NotFound when it is no driver of volumes */
  async activate(): Promise<void> {
    const { Implements: kinds = [] } = await this.#call("Plugin.Activate", undefined);
    if (!kinds.includes("VolumeDriver")) {
      throw new NotFound(
        `error looking up volume plugin ${this.name}: plugin ${JSON.stringify(this.name)} does not implement volumedriver interface`,
      );
    }
    try {
      const { Capabilities: capabilities } = await this.#call("VolumeDriver.Capabilities", {});
      this.scope = capabilities?.Scope?.toLowerCase() === "global" ? "global" : "local";
    } catch {
      this.scope = "local"; // plugins older than the question
    }
  }

  async create(name: string, options: Record<string, string>): Promise<void> {
    await this.#call("VolumeDriver.Create", { Name: name, Opts: options });
  }

  async remove(name: string): Promise<void> {
    await this.#call("VolumeDriver.Remove", { Name: name });
  }

  async list(): Promise<PluginVolume[]> {
    return (await this.#call("VolumeDriver.List", {})).Volumes ?? [];
  }

  async get(name: string): Promise<PluginVolume> {
    return (await this.#call("VolumeDriver.Get", { Name: name })).Volume ?? { Name: name };
  }

  /** @param id of the container. @returns where it is on this machine */
  async mount(name: string, id: string): Promise<string> {
    return (await this.#call("VolumeDriver.Mount", { Name: name, ID: id })).Mountpoint ?? "";
  }

  async unmount(name: string, id: string): Promise<void> {
    await this.#call("VolumeDriver.Unmount", { Name: name, ID: id });
  }

  #call(method: string, body: object | undefined): Promise<Answer> {
    return callMethod<Answer>(this.address, method, body);
  }
}
