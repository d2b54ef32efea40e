import type { LayerID } from "../../layers/layer-store.ts";
import { digestOf } from "../../oci/digest.ts";
import type { CacheMap, Op } from "../solver/types.ts";
import type { BuildWork } from "./build-work.ts";
import type { BuildResult } from "./result.ts";

/** A base image that is on this machine: its layers as a file system. `scratch` has none. */
export class SourceImageOp implements Op<BuildResult> {
  readonly #name: string;
  readonly #id: string;
  readonly #layers: readonly LayerID[];
  readonly #work: BuildWork;

  /** @param id of the image; empty for scratch */
  constructor(name: string, id: string, layers: readonly LayerID[], work: BuildWork) {
    this.#name = name;
    this.#id = id;
    this.#layers = layers;
    this.#work = work;
  }

  async cacheMap(): Promise<CacheMap<BuildResult>> {
    return {
      key: digestOf(JSON.stringify(["source-image", 1, this.#layers])),
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
