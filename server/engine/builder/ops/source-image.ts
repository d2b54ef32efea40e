import type { LayerID } from "../../layers/layer-store.ts";
import type { Image } from "../../images/image-store.ts";
import { type DiffID, digestOf } from "../../oci/digest.ts";
import type { CacheMap, Op } from "../solver/types.ts";
import type { BuildWork } from "./build-work.ts";
import type { BuildResult } from "./result.ts";

/** A base image that is on this machine: its layers as a file system. `scratch` has none. */
export class SourceImageOp implements Op<BuildResult> {
  readonly #name: string;
  readonly #id: string;
  readonly #layers: readonly LayerID[];
  readonly #diffIds: readonly DiffID[];
  readonly #work: BuildWork;

  /** @param image undefined for scratch */
  constructor(name: string, image: Image | undefined, work: BuildWork) {
    this.#name = name;
    this.#id = image?.id ?? "";
    this.#layers = image?.layers ?? [];
    this.#diffIds = image?.config.rootfs.diff_ids ?? [];
    this.#work = work;
  }

  async cacheMap(): Promise<CacheMap<BuildResult>> {
    return {
      // by content, so that what is made on it is known on other machines too
      key: digestOf(JSON.stringify(["source-image", 2, this.#diffIds])),
      source: true,
      facts: { instruction: `FROM ${this.#name}`, base: this.#id },
    };
  }

  async exec(): Promise<BuildResult> {
    const layer = this.#layers.at(-1);
    if (layer !== undefined) {
      this.#work.lease.add({ kind: "layer", id: layer });
    }
    return { kind: "layer", layer, bytes: 0 };
  }
}
