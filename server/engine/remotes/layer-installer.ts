import type { ApplyOptions, Layer, LayerBlobs, LayerID, LayerStore } from "../layers/layer-store.ts";
import type { ChainID, DiffID } from "../oci/digest.ts";
import type { Descriptor } from "../oci/types.ts";
import { SharedWork } from "./shared-work.ts";

/** Unpacks compressed layers of the content store. Shared by all tenants: each chain is unpacked once. */
export class LayerInstaller {
  readonly #layers: LayerStore;
  readonly #blobs: LayerBlobs;
  readonly #work = new SharedWork<Layer, number>();

  constructor(layers: LayerStore, blobs: LayerBlobs) {
    this.#layers = layers;
    this.#blobs = blobs;
  }

  find(chainId: ChainID): Layer | undefined {
    return this.#layers.findByChain(chainId);
  }

  /** Unpacks `blob` on `parent`. @throws DataLoss (diffID), InvalidArgument (bad tar), Cancelled, ResourceExhausted */
  async install(
    blob: Descriptor,
    layer: { chainId: ChainID; diffId: DiffID; parent: LayerID | undefined },
    options: { signal?: AbortSignal | undefined; onProgress?: (bytes: number) => void },
  ): Promise<Layer> {
    const installed = await this.#work.run(`unpacking of ${layer.chainId}`, options, async (signal, report) => {
      const known = this.#layers.findByChain(layer.chainId);
      if (known !== undefined) {
        return known;
      }
      const apply: ApplyOptions = { parent: layer.parent, diffId: layer.diffId, signal, onProgress: report };
      return this.#layers.applyBlob(blob.digest, apply);
    });
    this.#blobs.record(layer.diffId, { digest: blob.digest, size: blob.size, mediaType: blob.mediaType });
    return installed;
  }
}
