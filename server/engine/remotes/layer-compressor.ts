import { Readable } from "node:stream";
import type { ContentStore } from "../content/store.ts";
import { compress } from "../diff/compression.ts";
import { isEngineError } from "../errdefs/errors.ts";
import type { LayerBlobs, LayerID, LayerStore } from "../layers/layer-store.ts";
import { mediaTypes, type Descriptor } from "../oci/types.ts";
import { SharedWork } from "./shared-work.ts";

/** Makes the compressed blob of a layer that has none. Shared by all tenants: each layer is compressed once. */
export class LayerCompressor {
  readonly #content: ContentStore;
  readonly #layers: LayerStore;
  readonly #made: LayerBlobs;
  readonly #work = new SharedWork<Descriptor, number>();

  /** @param made what was compressed here */
  constructor(content: ContentStore, layers: LayerStore, made: LayerBlobs) {
    this.#content = content;
    this.#layers = layers;
    this.#made = made;
  }

  /**
   * The layer's blob, known or made now.
   * @param blobs the tenant's
   * @param options.onProgress uncompressed bytes read
   */
  async blobOf(
    layer: LayerID,
    blobs: LayerBlobs,
    options: { signal?: AbortSignal | undefined; onProgress?: (bytes: number) => void } = {},
  ): Promise<Descriptor> {
    const diffId = await this.#layers.diffId(layer);
    const known = blobs.find(diffId);
    if (known !== undefined && (await this.#has(known))) {
      return known;
    }
    return await this.#work.run(`compressing of ${diffId}`, options, async (signal, report) => {
      const tar = await this.#layers.openTar(layer);
      try {
        const packed = compress(Readable.from(counted(tar, report), { objectMode: false }));
        const { digest, size } = await this.#content.ingest(packed, { ref: `gzip-${diffId}`, signal });
        const blob = { digest, size, mediaType: mediaTypes.dockerLayerGzip };
        this.#made.record(diffId, blob);
        return blob;
      } finally {
        tar.destroy();
      }
    });
  }

  async #has(blob: Pick<Descriptor, "digest">): Promise<boolean> {
    try {
      await this.#content.info(blob.digest);
      return true;
    } catch (error) {
      if (isEngineError(error, "not_found")) {
        return false;
      }
      throw error;
    }
  }
}

async function* counted(source: Readable, report: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source as AsyncIterable<Uint8Array>) {
    report((bytes += chunk.length));
    yield chunk;
  }
}
