import type { ApplyOptions, Layer, LayerBlobs, LayerID, LayerStore } from "../layers/layer-store.ts";
import type { ChainID, DiffID } from "../oci/digest.ts";
import type { Descriptor } from "../oci/types.ts";
import { SharedWork } from "./shared-work.ts";

/** Unpacks compressed layers of the content store. Shared by all tenants: each chain is unpacked once. */
export class LayerInstaller {
  readonly #layers: LayerStore;
  readonly #work = new SharedWork<Layer, number>();

  constructor(layers: LayerStore) {
    this.#layers = layers;
  }

  find(chainId: ChainID): Layer | undefined {
    return this.#layers.findByChain(chainId);
  }

  /**
   * Unpacks `blob` on `parent`.
   * @param options.blobs the tenant's: it has the blob from now on
   * @param options.from where it comes from: it is unpacked also if it is here, which takes as long as if it were not, and is
   * no time spared for who comes from elsewhere; without it what is here is taken
   * @throws DataLoss (diffID), InvalidArgument (bad tar), Cancelled, ResourceExhausted
   */
  async install(
    blob: Descriptor,
    layer: { chainId: ChainID; diffId: DiffID; parent: LayerID | undefined },
    options: {
      blobs: LayerBlobs;
      signal?: AbortSignal | undefined;
      onProgress?: (bytes: number) => void;
      from?: string;
    },
  ): Promise<Layer> {
    const { blobs, from } = options;
    const key = `unpacking of ${layer.chainId}${from === undefined ? "" : ` from ${from}`}`;
    const installed = await this.#work.run(key, options, async (signal, report) => {
      const known = this.#layers.findByChain(layer.chainId);
      if (known !== undefined && from === undefined) {
        return known;
      }
      const again = from !== undefined;
      const apply: ApplyOptions = { parent: layer.parent, diffId: layer.diffId, again, signal, onProgress: report };
      return this.#layers.applyBlob(blob.digest, apply);
    });
    blobs.record(layer.diffId, { digest: blob.digest, size: blob.size, mediaType: blob.mediaType });
    return installed;
  }
}
