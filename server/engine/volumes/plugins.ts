import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { request } from "node:http";
import { basename, join } from "node:path";
import { messageOf, NotFound, Unknown } from "../errdefs/errors.ts";

/** Where plugins make themselves known (Docker docs, Plugin discovery): sockets, and files that say where one is. */
export interface PluginDirectories {
  sockets: string;
  specs: readonly string[];
}

export const dockerPluginDirectories: PluginDirectories = {
  sockets: "/run/docker/plugins",
  specs: ["/etc/docker/plugins", "/usr/lib/docker/plugins"],
};

/** A volume as its plugin tells of it. */
export interface PluginVolume {
  Name: string;
  Mountpoint?: string;
  CreatedAt?: string;
  Status?: Record<string, unknown>;
}

interface Answer {
  Err?: string;
  Mountpoint?: string;
  Volume?: PluginVolume;
  Volumes?: PluginVolume[] | null;
  Implements?: string[];
  Capabilities?: { Scope?: string };
}

/** Bytes of the largest answer. */
const answerLimit = 4 * 1024 * 1024;
/** A plugin may mount over the network. Milliseconds. */
const patience = 60_000;
const mediaType = "application/vnd.docker.plugins.v1.2+json";

/** Legacy plugins of the machine: programs with an HTTP server on a UNIX socket (Docker docs, Docker Plugin API). */
export class VolumePlugins {
  readonly #directories: PluginDirectories;
  readonly #active = new Map<string, VolumePlugin>();

  constructor(directories: PluginDirectories = dockerPluginDirectories) {
    this.#directories = directories;
  }

  /** Names of all that are found, whatever they implement. */
  names(): string[] {
    const { sockets, specs } = this.#directories;
    const found = [
      ...globSync(join(sockets, "*.sock")),
      ...globSync(join(sockets, "*/*.sock")),
      ...specs.flatMap((directory) => globSync(join(directory, "*.{spec,json}"))),
      ...specs.flatMap((directory) => globSync(join(directory, "*/*.{spec,json}"))),
    ];
    return [...new Set(found.map((path) => basename(path).replace(/\.(?:sock|spec|json)$/, "")))].toSorted();
  }

  /** Names of the active ones that are drivers of volumes. */
  active(): string[] {
    return [...this.#active.keys()].toSorted();
  }

  /** Activated when it is first needed. @throws NotFound in dockerd's words */
  async driver(name: string): Promise<VolumePlugin> {
    const socket = this.#find(name);
    if (socket === undefined) {
      this.#active.delete(name);
      throw new NotFound(`error looking up volume plugin ${name}: plugin ${JSON.stringify(name)} not found`);
    }
    const known = this.#active.get(name);
    if (known?.socket === socket) {
      return known;
    }
    const plugin = new VolumePlugin(name, socket);
    await plugin.activate();
    this.#active.set(name, plugin);
    return plugin;
  }

  #find(name: string): string | undefined {
    if (!/^[a-zA-Z0-9][\w.-]*$/.test(name)) {
      return undefined;
    }
    const { sockets, specs } = this.#directories;
    const socket = [join(sockets, `${name}.sock`), join(sockets, name, `${name}.sock`)].find(
      (path) => statSync(path, { throwIfNoEntry: false })?.isSocket() === true,
    );
    return (
      socket ??
      specs
        .flatMap((directory) => [directory, join(directory, name)])
        .flatMap((directory) => [join(directory, `${name}.spec`), join(directory, `${name}.json`)])
        .filter((path) => existsSync(path))
        .map((path) => addressIn(path))
        .find((address) => address !== undefined)
    );
  }
}

/** `unix:///path`. Plugins elsewhere (tcp://) are not used: nothing would tell who answers. */
function addressIn(path: string): string | undefined {
  const text = readFileSync(path, "utf8").trim();
  const address = path.endsWith(".json") ? ((JSON.parse(text) as { Addr?: unknown }).Addr ?? "") : text;
  return typeof address === "string" && address.startsWith("unix://") ? address.slice("unix://".length) : undefined;
}

/** One plugin that is a driver of volumes. All calls throw Unknown with the plugin's own words. */
export class VolumePlugin {
  readonly name: string;
  readonly socket: string;
  scope = "local";

  constructor(name: string, socket: string) {
    this.name = name;
    this.socket = socket;
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

  async #call(method: string, body: object | undefined): Promise<Answer> {
    let text: string;
    try {
      text = await post(this.socket, `/${method}`, body === undefined ? "" : JSON.stringify(body));
    } catch (cause) {
      throw new Unknown(`${method}: ${messageOf(cause)}`, { cause });
    }
    const answer = (text.trim() === "" ? {} : JSON.parse(text)) as Answer;
    if (answer.Err !== undefined && answer.Err !== "") {
      throw new Unknown(`${method}: ${answer.Err}`);
    }
    return answer;
  }
}

function post(socketPath: string, path: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { Accept: mediaType, "Content-Type": mediaType, "Content-Length": Buffer.byteLength(body) };
    const outgoing = request(
      { socketPath, path, method: "POST", headers, agent: false, timeout: patience },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
          if (text.length > answerLimit) outgoing.destroy(new Error("the plugin's answer is too long"));
        });
        answer.on("error", reject);
        answer.on("end", () => {
          const ok = answer.statusCode === 200;
          if (ok || /^\s*\{/.test(text)) resolve(text);
          else reject(new Error(text.trim() === "" ? `status ${answer.statusCode}` : text.trim()));
        });
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("the plugin does not answer")));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
