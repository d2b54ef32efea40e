import { InvalidArgument, isEngineError, Unknown } from "../errdefs/errors.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import type { BindSource } from "../tenants/workspace-paths.ts";
import { workspaceBind } from "../tenants/workspace-paths.ts";
import type { Volume } from "../volumes/volume-service.ts";
import type { HostOptions, MountRequest, ProcessConfig, ResolvedMount } from "./container.ts";
import type { ContainerParts } from "./container-parts.ts";
import { requestedMounts, tmpfsOptions } from "./mount-requests.ts";

/** The mounts of a new container, with the volumes made for it. */
export interface NewMounts {
  mounts: ResolvedMount[];
  /** made now: removed again if the container cannot be made */
  created: Volume[];
  /** volumes that take the image's content at their target */
  copyUp: { name: string; target: string; anonymous: boolean }[];
}

/** Decides what a new container mounts where: sources checked, volumes made. */
export class VolumeMounts {
  readonly #parts: Pick<ContainerParts, "tenant" | "paths" | "table" | "volumes" | "pins" | "images">;

  constructor(parts: Pick<ContainerParts, "tenant" | "paths" | "table" | "volumes" | "pins" | "images">) {
    this.#parts = parts;
  }

  /** @throws InvalidArgument, NotFound (volumes-from), ResourceExhausted */
  async resolve(config: ProcessConfig, host: HostOptions): Promise<NewMounts> {
    const inherited = host.volumesFrom.flatMap((from) => this.#inherited(from));
    const result: NewMounts = { mounts: [], created: [], copyUp: [] };
    try {
      for (const request of requestedMounts(config, host, inherited)) {
        result.mounts.push(await this.#resolveOne(request, result));
      }
    } catch (error) {
      await this.rollBack(result);
      throw error;
    }
    const own = new Set(result.mounts.map((mount) => mount.target));
    // Of several of one target the last counts, as with dockerd.
    const byTarget = new Map(inherited.map((mount) => [mount.target, mount]));
    result.mounts.push(...[...byTarget.values()].filter((mount) => !own.has(mount.target)));
    return result;
  }

  async rollBack(mounts: NewMounts): Promise<void> {
    for (const volume of mounts.created) {
      await this.#parts.volumes.remove(volume.name, true);
    }
  }

  /** What the learner's path means; undefined for the operator, whose paths are the machine's. */
  bindSource(source: string): BindSource | undefined {
    return this.#parts.tenant.rules.binds === "host" ? undefined : workspaceBind(source, this.#parts.paths);
  }

  /** What of files that a learner can change a mount means; undefined if its source is fixed. */
  pinnedSource(mount: ResolvedMount): BindSource | undefined {
    if (mount.type === "volume" && mount.subpath !== undefined) {
      return { root: mount.source, path: mount.subpath, writable: false, shown: `${mount.name}:${mount.subpath}` };
    }
    return mount.type === "bind" && mount.ofEngine !== true ? this.bindSource(mount.requestedSource) : undefined;
  }

  async #resolveOne(request: MountRequest, result: NewMounts): Promise<ResolvedMount> {
    const base = {
      name: "",
      source: "",
      requestedSource: request.source,
      target: request.target,
      readonly: request.readonly,
      ...modeOf(request),
      driver: "",
      propagation: "",
    };
    if (request.type === "tmpfs") {
      return { ...base, type: "tmpfs", requestedSource: "", options: tmpfsOptions(request) };
    }
    if (request.type === "volume") {
      const subpath = volumeSubpath(request);
      const volume = await this.#volumeFor(request, result);
      return { ...base, type: "volume", ...volume, ...(subpath === undefined ? {} : { subpath }) };
    }
    if (request.type === "image") {
      const layer = this.#parts.images.get(request.source).layers.at(-1);
      const subpath = imageSubpath(request);
      return {
        ...base,
        type: "image",
        name: request.source,
        readonly: request.readonly || request.ofEngine !== true,
        mode: "",
        propagation: "rprivate",
        ...(layer === undefined ? {} : { layer }),
        ...(subpath === undefined ? {} : { subpath }),
      };
    }
    const propagation = request.propagation ?? "";
    return {
      ...base,
      type: "bind",
      source: this.#checkBind(request),
      ...(request.ofEngine === true ? { ofEngine: true } : {}),
      ...(request.bindSubpath === undefined ? {} : { subpath: request.bindSubpath }),
      ...(request.nonRecursive === true ? { nonRecursive: true } : {}),
      ...(request.recursiveReadonly === undefined ? {} : { recursiveReadonly: request.recursiveReadonly }),
      propagation: propagation === "" ? "rprivate" : propagation,
    };
  }

  #checkBind(request: MountRequest): string {
    const create = request.createSource === true;
    const inWorkspace = request.ofEngine === true ? undefined : this.bindSource(request.source);
    if (inWorkspace !== undefined) {
      return this.#parts.pins.check(inWorkspace, create);
    }
    if (!request.source.startsWith("/")) {
      throw new InvalidArgument(
        `invalid mount config for type "bind": invalid mount path: '${request.source}' mount path must be absolute`,
      );
    }
    return this.#parts.pins.check(hostBind(request.source), create);
  }

  async #volumeFor(
    request: MountRequest,
    result: NewMounts,
  ): Promise<{ name: string; source: string; driver: string }> {
    const { volumeOptions: options = {} } = request;
    const volume = await this.#parts.volumes.create({
      ...(request.source === "" ? {} : { name: request.source }),
      ...(request.volumeDriver === undefined ? {} : { driver: request.volumeDriver }),
      ...(request.volumeLabels === undefined ? {} : { labels: request.volumeLabels }),
      ...(Object.keys(options).length === 0 ? {} : { options }),
    });
    // One that was named stays when the container cannot be made, as with dockerd.
    if (request.source === "") {
      result.created.push(volume);
    }
    if (
      request.noCopy !== true &&
      request.volumeSubpath === undefined &&
      (await this.#parts.volumes.isEmpty(volume.name))
    ) {
      result.copyUp.push({ name: volume.name, target: request.target, anonymous: request.source === "" });
    }
    return { name: volume.name, source: volume.mountpoint, driver: volume.driver };
  }

  /** `--volumes-from name[:ro|rw]`. @throws InvalidArgument in dockerd's words */
  #inherited(from: string): ResolvedMount[] {
    const [name = "", ...rest] = from.split(":");
    const mode = rest.join(":");
    if (from === "" || !/^(?:|r[ow]|[zZ]|r[ow],[zZ]|[zZ],r[ow])$/.test(mode)) {
      throw new InvalidArgument(
        from === "" ? "volumes-from specification cannot be an empty string" : `invalid mode: ${mode}`,
      );
    }
    const readonly = /ro/.test(mode);
    return this.#mountsOf(name)
      .filter((mount) => mount.type !== "tmpfs")
      .map((mount) => ({ ...mount, mode: "", readonly: mount.readonly || readonly, inherited: true }));
  }

  #mountsOf(name: string): readonly ResolvedMount[] {
    try {
      return this.#parts.table.find(name).record.mounts;
    } catch (error) {
      // Not NotFound: the CLI would take the image to be missing, and pull it.
      throw isEngineError(error, "not_found") ? new InvalidArgument(error.message, { cause: error }) : error;
    }
  }
}

/** The machine's own path, for the operator. */
export function hostBind(source: string): BindSource {
  return { root: "/", path: source.slice(1), writable: true, shown: source };
}

/** As dockerd shows it: a volume that was asked for by name is shared (`z`), one of the image's is not. */
function modeOf({ type, source, mode }: MountRequest): { mode?: string } {
  const shared = type === "volume" && (mode === undefined || (mode === "" && source !== ""));
  return shared ? { mode: "z" } : mode === undefined ? {} : { mode };
}

/** `--mount volume-subpath=`. @throws InvalidArgument unless it is beneath the root of a named volume */
function volumeSubpath({ source, volumeSubpath: subpath }: MountRequest): string | undefined {
  if (subpath === undefined) {
    return undefined;
  }
  if (source === "") {
    throw new InvalidArgument(
      'invalid mount config for type "volume": must not set Subpath when using anonymous volumes',
    );
  }
  checkSubpath("volume", subpath);
  return subpath;
}

/** `--mount image-subpath=`. @throws InvalidArgument */
function imageSubpath({ imageSubpath: subpath }: MountRequest): string | undefined {
  if (subpath !== undefined) {
    checkSubpath("image", subpath);
  }
  return subpath;
}

/** Before it is looked up without leaving the root, too. @throws InvalidArgument in dockerd's words */
function checkSubpath(type: string, subpath: string): void {
  if (subpath.startsWith("/") || subpath.includes("\0") || subpath.split("/").includes("..")) {
    throw new InvalidArgument(
      `invalid mount config for type "${type}": subpath must be a relative path within the volume`,
    );
  }
}

/**
 * The directory that an image holds at a mount point, also an empty one: its owner and mode count. Undefined if none.
 * @throws Unknown in dockerd's words when something else is there (of an empty volume only: one that holds something fails at the start)
 */
export function imageDirectory(root: SafeRoot, target: string, anonymous = false): string | undefined {
  try {
    if (root.stat(target).kind === "directory") return root.hostPath(target);
    throw new Unknown(
      anonymous ? `cannot mount volume over existing file, file exists ${target}` : `source ${target} is not directory`,
    );
  } catch (error) {
    if (isEngineError(error, "not_found", "invalid_argument")) {
      return undefined;
    }
    throw error;
  }
}
