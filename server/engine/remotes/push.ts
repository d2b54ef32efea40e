import { Readable } from "node:stream";
import { isSound } from "../content/is-sound.ts";
import type { ContentStore } from "../content/store.ts";
import { isEngineError, NotFound } from "../errdefs/errors.ts";
import type { Image } from "../images/image-store.ts";
import type { LocalImageStore } from "../images/local.ts";
import type { LayerBlobs, LayerID, LayerStore } from "../layers/layer-store.ts";
import type { LeaseManager } from "../leases/leases.ts";
import { digestOf, hexOf } from "../oci/digest.ts";
import { mediaTypes, type Descriptor, type Manifest } from "../oci/types.ts";
import { maxConfigSize, parseManifest } from "../oci/validate.ts";
import { familiarName, type Reference } from "../reference/reference.ts";
import type { BlobSources } from "./blob-sources.ts";
import { BlobUploads } from "./blob-uploads.ts";
import type { LayerCompressor } from "./layer-compressor.ts";
import type { Repository } from "./registry-client.ts";
import type { TransferOptions, TransferProgress } from "./remotes.ts";
import { defaultTransferLimits, type TransferLimits } from "./limits.ts";
import { Limiter } from "./shared-work.ts";

/** Largest id of a layer in the progress lines, hexadecimal digits. */
const shortLength = 12;

export interface PushParts {
  images: LocalImageStore;
  content: ContentStore;
  layers: LayerStore;
  /** the tenant's */
  blobs: LayerBlobs;
  leases: LeaseManager;
  compressor: LayerCompressor;
  sources: BlobSources;
  limits?: TransferLimits;
}

/** One push of one image: its layers in parallel, the config, then the manifest (distribution-spec, Push). */
export class Push {
  readonly #parts: PushParts;
  readonly #repository: Repository;
  readonly #reference: Reference;
  readonly #image: Image;
  readonly #options: TransferOptions;
  readonly #uploads: BlobUploads;

  constructor(parts: PushParts, repository: Repository, reference: Reference, image: Image, options: TransferOptions) {
    this.#parts = parts;
    this.#repository = repository;
    this.#reference = reference;
    this.#image = image;
    this.#options = options;
    this.#uploads = new BlobUploads(repository, parts.content, options.signal);
  }

  async run(): Promise<Descriptor> {
    const tag = this.#reference.tag;
    if (tag === undefined) {
      throw new NotFound("cannot push a digest reference");
    }
    // Whether the registry can be reached comes before any layer is spoken of.
    await this.#repository.base(this.#options.signal);
    const lease = this.#parts.leases.create(`push of ${this.#image.id}`, 6 * 3_600_000);
    try {
      const limiter = new Limiter((this.#parts.limits ?? defaultTransferLimits).uploads);
      const work = this.#image.layers.map((layer) =>
        limiter.run(() => this.#pushLayer(layer, (blob) => lease.add({ kind: "content", id: blob.digest }))),
      );
      // After a failure, too, nothing is left running.
      await Promise.allSettled(work);
      const layers = await Promise.all(work);
      const config = await this.#pushConfig();
      const { bytes, mediaType } = await this.#manifest(config, layers);
      const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
      lease.add({ kind: "content", id: descriptor.digest });
      await this.#uploads.putManifest(tag, bytes, descriptor);
      await this.#parts.content.ingest(Readable.from([bytes]), { ref: `manifest-${descriptor.digest}` });
      const repoDigest = `${familiarName(this.#reference)}@${descriptor.digest}`;
      this.#parts.images.addDigest(this.#image.id, repoDigest, descriptor);
      this.#report({
        status: `${tag}: digest: ${descriptor.digest} size: ${descriptor.size}`,
        pushed: { tag, digest: descriptor.digest, size: descriptor.size },
      });
      return descriptor;
    } finally {
      lease.release();
    }
  }

  async #pushLayer(layer: LayerID, hold: (blob: Descriptor) => void): Promise<Descriptor> {
    const { signal } = this.#options;
    const id = hexOf(await this.#parts.layers.diffId(layer)).slice(0, shortLength);
    this.#report({ id, status: "Preparing" });
    const blob = await this.#parts.compressor.blobOf(layer, this.#parts.blobs, { signal });
    hold(blob);
    if (await this.#uploads.exists(blob)) {
      this.#report({ id, status: "Layer already exists" });
      return blob;
    }
    const from = this.#parts.sources.find(blob.digest, this.#reference);
    let how: "mounted" | "sent";
    try {
      how = await this.#uploads.upload(blob, from, (current) =>
        this.#report({ id, status: "Pushing", current, total: blob.size }),
      );
    } catch (error) {
      const { content } = this.#parts;
      if (signal?.aborted === true || (await isSound(content, blob.digest))) throw error;
      this.#report({ id, status: "Damaged on disk, packing it again" });
      await content.delete(blob.digest);
      return await this.#pushLayer(layer, hold);
    }
    this.#report({ id, status: how === "mounted" ? `Mounted from ${from}` : "Pushed" });
    return blob;
  }

  async #pushConfig(): Promise<Descriptor> {
    const { id } = this.#image;
    // Read first: no registry is sent one that is damaged on disk.
    const { length } = await this.#parts.content.read(id, maxConfigSize);
    const config = { mediaType: mediaTypes.dockerConfig, digest: id, size: length };
    if (!(await this.#uploads.exists(config))) {
      await this.#uploads.upload(config, undefined, () => undefined);
    }
    return config;
  }

  /** The manifest it was pulled with if that still fits, so that its digest stays; else Docker schema 2. */
  async #manifest(config: Descriptor, layers: Descriptor[]): Promise<{ bytes: Uint8Array; mediaType: string }> {
    const known = this.#image.manifest;
    if (known !== undefined) {
      const bytes = await this.#parts.content.read(known.digest).catch((error: unknown) => {
        if (isEngineError(error, "not_found", "data_loss")) {
          return undefined;
        }
        throw error;
      });
      if (bytes !== undefined && names(parseManifest(bytes), config, layers)) {
        return { bytes, mediaType: known.mediaType };
      }
    }
    const zstd = layers.some(({ mediaType }) => mediaType === mediaTypes.ociLayerZstd);
    const mediaType = zstd ? mediaTypes.ociManifest : mediaTypes.dockerManifest;
    const gzip = zstd ? mediaTypes.ociLayerGzip : mediaTypes.dockerLayerGzip;
    const manifest: Manifest = {
      schemaVersion: 2,
      mediaType,
      config: {
        mediaType: zstd ? mediaTypes.ociConfig : mediaTypes.dockerConfig,
        size: config.size,
        digest: config.digest,
      },
      layers: layers.map(({ mediaType, size, digest }) => ({
        mediaType: mediaType === mediaTypes.ociLayerZstd ? mediaType : gzip,
        size,
        digest,
      })),
    };
    return { bytes: Buffer.from(JSON.stringify(manifest, undefined, 3)), mediaType };
  }

  #report(progress: TransferProgress): void {
    this.#options.onProgress?.(progress);
  }
}

function names(manifest: Manifest, config: Descriptor, layers: readonly Descriptor[]): boolean {
  return (
    manifest.config.digest === config.digest &&
    manifest.layers.length === layers.length &&
    manifest.layers.every((layer, index) => layer.digest === layers[index]?.digest)
  );
}
