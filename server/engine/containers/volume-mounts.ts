import { InvalidArgument, NotFound, isEngineError } from "../errdefs/errors.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import type { BindSource } from "../tenants/workspace-paths.ts";
import { workspaceBind } from "../tenants/workspace-paths.ts";
import { policies } from "../tenants/policy.ts";
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
  copyUp: { name: string; target: string }[];
}

/** Decides what a new container mounts where: sources checked, volumes made. */
export class VolumeMounts {
  readonly #parts: Pick<ContainerParts, "tenant" | "paths" | "table" | "volumes" | "pins">;

  constructor(parts: Pick<ContainerParts, "tenant" | "paths" | "table" | "volumes" | "pins">) {
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
    result.mounts.push(...inherited.filter((mount) => !own.has(mount.target)));
    return result;
  }

  async rollBack(mounts: NewMounts): Promise<void> {
    for (const volume of mounts.created) {
      await this.#parts.volumes.remove(volume.name, true);
    }
  }

  /** What the learner's path means; undefined for the operator, whose paths are the machine's. */
  bindSource(source: string): BindSource | undefined {
    return policies[this.#parts.tenant.policy].binds === "host" ? undefined : workspaceBind(source, this.#parts.paths);
  }

  async #resolveOne(request: MountRequest, result: NewMounts): Promise<ResolvedMount> {
    const base = {
      name: "",
      source: "",
      requestedSource: request.source,
      target: request.target,
      readonly: request.readonly,
      driver: "",
      propagation: "",
    };
    if (request.type === "tmpfs") {
      return { ...base, type: "tmpfs", requestedSource: "", options: tmpfsOptions(request) };
    }
    if (request.type === "volume") {
      return { ...base, type: "volume", ...(await this.#volumeFor(request, result)) };
    }
    const propagation = request.propagation ?? "";
    return {
      ...base,
      type: "bind",
      source: this.#checkBind(request),
      propagation: propagation === "" ? "rprivate" : propagation,
    };
  }

  #checkBind(request: MountRequest): string {
    const create = request.createSource === true;
    const inWorkspace = this.bindSource(request.source);
    if (inWorkspace !== undefined) {
      return this.#parts.pins.check(inWorkspace, create);
    }
    if (!request.source.startsWith("/")) {
      throw new InvalidArgument(
        `invalid mount config for type "bind": invalid mount path: '${request.source}' mount path must be absolute`,
      );
    }
    return this.#parts.pins.check({ root: "/", path: request.source.slice(1), writable: true }, create);
  }

  async #volumeFor(
    request: MountRequest,
    result: NewMounts,
  ): Promise<{ name: string; source: string; driver: string }> {
    const existing = request.source === "" ? undefined : this.#find(request.source);
    const volume =
      existing ??
      (await this.#parts.volumes.create({
        ...(request.source === "" ? {} : { name: request.source }),
        ...(request.volumeDriver === undefined ? {} : { driver: request.volumeDriver }),
        ...(request.volumeLabels === undefined ? {} : { labels: request.volumeLabels }),
        ...(request.volumeOptions === undefined ? {} : { options: request.volumeOptions }),
      }));
    if (existing === undefined) {
      result.created.push(volume);
    }
    if (request.noCopy !== true && (await this.#parts.volumes.isEmpty(volume.name))) {
      result.copyUp.push({ name: volume.name, target: request.target });
    }
    return { name: volume.name, source: volume.mountpoint, driver: volume.driver };
  }

  #find(name: string): Volume | undefined {
    try {
      return this.#parts.volumes.get(name);
    } catch (error) {
      if (isEngineError(error, "not_found")) {
        return undefined;
      }
      throw error;
    }
  }

  /** `--volumes-from name[:ro|rw]` */
  #inherited(from: string): ResolvedMount[] {
    const match = /^(.*?)(?::(ro|rw))?$/.exec(from);
    const name = match?.[1] ?? from;
    if (name === "") {
      throw new NotFound(`No such container: ${from}`);
    }
    const { mounts } = this.#parts.table.find(name).record;
    return mounts
      .filter((mount) => mount.type !== "tmpfs")
      .map((mount) => ({ ...mount, readonly: match?.[2] === undefined ? mount.readonly : match[2] === "ro" }));
  }
}

/** The directory that an image holds at a mount point, also an empty one: its owner and mode count. Undefined if none. */
export function imageDirectory(root: SafeRoot, target: string): string | undefined {
  try {
    return root.stat(target).kind === "directory" ? root.hostPath(target) : undefined;
  } catch (error) {
    if (isEngineError(error, "not_found", "invalid_argument")) {
      return undefined;
    }
    throw error;
  }
}
