import type { Differ } from "../diff/differ.ts";
import { applyChanges } from "../images/changes.ts";
import type { LayerStore } from "../layers/layer-store.ts";
import type { Digest } from "../oci/digest.ts";
import type { ImageConfig, ImageRunConfig } from "../oci/types.ts";
import type { ContainerEntry } from "./container-entry.ts";
import { publishContainerEvent } from "./container-events.ts";
import { runtimePlaces } from "./init-layer.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { ProcessConfig } from "./container.ts";

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
      const config = applyChanges({ ...imageRunConfig(entry.record.config), ...options.config }, options.changes);
      const task = options.pause && entry.record.status === "running" ? entry.run?.task : undefined;
      await task?.pause();
      try {
        return await this.#make(entry, config, options);
      } finally {
        await task?.resume();
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
      const created = new Date().toISOString();
      const command = [...record.config.entrypoint, ...record.config.cmd].join(" ");
      const imageConfig: ImageConfig = {
        ...base.config,
        created,
        ...(options.author === "" ? {} : { author: options.author }),
        config,
        history: [
          ...(base.config.history ?? []),
          {
            created,
            created_by: command,
            ...(options.author === "" ? {} : { author: options.author }),
            ...(options.comment === "" ? {} : { comment: options.comment }),
          },
        ],
      };
      const image = await parts.images.create({
        config: imageConfig,
        layers: [...base.layers, layer.id],
        parent: base.id,
        ...(options.name === undefined || options.name === "" ? {} : { tags: [options.name] }),
      });
      publishContainerEvent(parts.events, record, "commit", {
        comment: options.comment,
        imageID: image.id,
        imageRef: options.name ?? "",
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
