import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { ContentStore } from "../content/store.ts";
import { Internal, isEngineError } from "../errdefs/errors.ts";
import type { LayerBlobs, LayerID, LayerStore } from "../layers/layer-store.ts";
import { mediaTypes, type Descriptor } from "../oci/types.ts";
import { SharedWork } from "./shared-work.ts";

const igzipPath = "/usr/bin/igzip";

/** Makes the compressed blob of a layer that has none. Shared by all tenants: each layer is compressed once. */
export class LayerCompressor {
  readonly #content: ContentStore;
  readonly #layers: LayerStore;
  readonly #blobs: LayerBlobs;
  readonly #igzip: string | undefined;
  readonly #work = new SharedWork<Descriptor, number>();

  /** @param igzip path of ISA-L's igzip, ten times as fast as zlib; looked for if undefined */
  constructor(content: ContentStore, layers: LayerStore, blobs: LayerBlobs, igzip = findIgzip()) {
    this.#content = content;
    this.#layers = layers;
    this.#blobs = blobs;
    this.#igzip = igzip;
  }

  /** The layer's blob, known or made now. @param options.onProgress uncompressed bytes read */
  async blobOf(
    layer: LayerID,
    options: { signal?: AbortSignal | undefined; onProgress?: (bytes: number) => void } = {},
  ): Promise<Descriptor> {
    const diffId = await this.#layers.diffId(layer);
    const known = this.#blobs.find(diffId);
    if (known !== undefined && (await this.#has(known))) {
      return known;
    }
    return await this.#work.run(`compressing of ${diffId}`, options, async (signal, report) => {
      const tar = await this.#layers.openTar(layer);
      try {
        const packed = this.#igzip === undefined ? zlibPacked(tar, report) : igzipPacked(this.#igzip, tar, report);
        const { digest, size } = await this.#content.ingest(packed, { ref: `gzip-${diffId}`, signal });
        const blob = { digest, size, mediaType: mediaTypes.dockerLayerGzip };
        this.#blobs.record(diffId, blob);
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

function findIgzip(): string | undefined {
  try {
    accessSync(igzipPath, constants.X_OK);
    return igzipPath;
  } catch {
    // Optional: zlib does the same, slower.
    return undefined;
  }
}

async function* counted(source: Readable, report: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source as AsyncIterable<Uint8Array>) {
    report((bytes += chunk.length));
    yield chunk;
  }
}

async function* zlibPacked(tar: Readable, report: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const gzip = createGzip({ chunkSize: 1 << 20 });
  const fed = pipeline(counted(tar, report), gzip);
  fed.catch((error: unknown) => gzip.destroy(error as Error));
  yield* gzip as AsyncIterable<Uint8Array>;
  await fed;
}

async function* igzipPacked(igzip: string, tar: Readable, report: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const child = spawn(igzip, ["-c"], { stdio: ["pipe", "pipe", "pipe"] });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  let message = "";
  child.stderr.on("data", (chunk: Buffer) => {
    message = (message + chunk.toString()).slice(0, 1000);
  });
  const fed = pipeline(counted(tar, report), child.stdin);
  fed.catch(() => child.kill());
  exited.catch(() => undefined);
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
    await fed;
    const code = await exited;
    if (code !== 0) {
      throw new Internal(`${igzip} failed with exit code ${code}: ${message}`);
    }
  } finally {
    child.kill();
  }
}
