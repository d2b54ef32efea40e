import { isEngineError } from "../errdefs/errors.ts";
import type { Differ } from "../diff/differ.ts";
import { applyChanges } from "../images/changes.ts";
import type { LayerStore } from "../layers/layer-store.ts";
import { type Digest, emptyTar } from "../oci/digest.ts";
import type { ImageConfig, ImageRunConfig } from "../oci/types.ts";
import { familiarString, parseReference } from "../reference/reference.ts";
import type { ContainerEntry } from "./container-entry.ts";
import { publishContainerEvent } from "./container-events.ts";
import { runtimePlaces } from "./init-layer.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { ProcessConfig } from "./container.ts";
import { mergeRunConfig } from "./merge-config.ts";

export interface CommitOptions {
  name?: string;
  author: string;
  comment: string;
  pause: boolean;
  changes: string[];
  config?: ImageRunConfig;
}

/** `docker commit`: what a container changed becomes a layer on its image. The container goes on with its own snapshot. */
export class Committer {
  readonly #use: { parts: ContainerParts; differ: Pick<Differ, "openChanges">; layers: LayerStore };

  constructor(use: { parts: ContainerParts; differ: Pick<Differ, "openChanges">; layers: LayerStore }) {
    this.#use = use;
  }

  /** @throws InvalidArgument (changes, name), NotFound (its image is gone) */
  commit(entry: ContainerEntry, options: CommitOptions): Promise<Digest> {
    return entry.mutex.run(async () => {
      const own = imageRunConfig(entry.record.config);
      const config = mergeRunConfig(applyChanges(options.config ?? own, options.changes), own);
      const task = options.pause && entry.record.status === "running" ? entry.run?.task : undefined;
      if (task === undefined) {
        return await this.#make(entry, config, options);
      }
      const tell = (action: string) => publishContainerEvent(this.#use.parts.events, entry.record, action);
      await task.pause().catch(unlessEnded);
      tell("pause");
      try {
        return await this.#make(entry, config, options);
      } finally {
        // Its program may have ended before it was stopped.
        await task.resume().catch(unlessEnded);
        tell("unpause");
      }
    });
  }

  async #make(entry: ContainerEntry, config: ImageRunConfig, options: CommitOptions): Promise<Digest> {
    const { parts, differ, layers } = this.#use;
    const { record } = entry;
    const base = parts.images.get(record.imageId);
    const lease = parts.leases.create(`commit container ${record.id}`);
    try {
      const layer = await layers.apply(differ.openChanges(record.snapshotKey, runtimePlaces), {
        parent: record.topLayer,
      });
      lease.add({ kind: "layer", id: layer.id });
      const empty = layer.diffId === emptyTar;
      const created = new Date().toISOString();
      const { author: _, ...inherited } = base.config;
      const author = options.author === "" ? {} : { author: options.author };
      const imageConfig: ImageConfig = {
        ...inherited,
        created,
        ...author,
        config,
        container: record.id,
        container_config: imageRunConfig(record.config),
        docker_version: parts.version ?? "",
        history: [
          ...(base.config.history ?? []),
          {
            created,
            created_by: record.config.cmd.join(" "),
            ...author,
            ...(options.comment === "" ? {} : { comment: options.comment }),
            ...(empty ? { empty_layer: true } : {}),
          },
        ],
      };
      const name = options.name === undefined || options.name === "" ? undefined : parseReference(options.name);
      const image = await parts.images.create({
        config: imageConfig,
        layers: empty ? base.layers : [...base.layers, layer.id],
        parent: base.id,
      });
      if (name !== undefined) {
        parts.images.tag(image.id, familiarString(name));
      }
      publishContainerEvent(parts.events, record, "commit", {
        comment: options.comment,
        imageID: image.id,
        imageRef: name === undefined ? "" : familiarString(name),
      });
      return image.id;
    } finally {
      lease.release();
    }
  }
}

/** A container's configuration as an image's. */
function imageRunConfig(config: ProcessConfig): ImageRunConfig {
  return {
    Hostname: config.hostname,
    Domainname: config.domainname,
    AttachStdin: config.attachStdin,
    AttachStdout: config.attachStdout,
    AttachStderr: config.attachStderr,
    Tty: config.tty,
    OpenStdin: config.openStdin,
    StdinOnce: config.stdinOnce,
    Image: config.image,
    ...(config.networkDisabled ? { NetworkDisabled: true } : {}),
    ...(config.stopTimeout === undefined ? {} : { StopTimeout: config.stopTimeout }),
    ...(config.onBuild === undefined ? {} : { OnBuild: config.onBuild }),
    User: config.user,
    Env: config.env,
    Cmd: config.cmd,
    ...(config.entrypoint.length > 0 ? { Entrypoint: config.entrypoint } : {}),
    WorkingDir: config.workingDir,
    Labels: config.labels,
    ...(config.exposedPorts.length > 0
      ? { ExposedPorts: Object.fromEntries(config.exposedPorts.map((port) => [port, {}])) }
      : {}),
    ...(config.volumes.length > 0 ? { Volumes: Object.fromEntries(config.volumes.map((path) => [path, {}])) } : {}),
    ...(config.stopSignal === "" ? {} : { StopSignal: config.stopSignal }),
    ...(config.healthcheck === undefined ? {} : { Healthcheck: config.healthcheck }),
    ...(config.shell === undefined ? {} : { Shell: config.shell }),
  };
}

/** Of a program that has ended nothing is written any more. */
function unlessEnded(error: unknown): void {
  if (!isEngineError(error, "not_found")) throw error;
}
