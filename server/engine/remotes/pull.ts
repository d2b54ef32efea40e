import { Readable } from "node:stream";
import { isSound } from "../content/is-sound.ts";
import { InvalidArgument, isEngineError, NotImplemented } from "../errdefs/errors.ts";
import type { Image, ImageStore } from "../images/image-store.ts";
import type { LayerID } from "../layers/layer-store.ts";
import type { Lease, LeaseManager } from "../leases/leases.ts";
import { chainIdOf, hexOf, type ChainID, type Digest, type DiffID } from "../oci/digest.ts";
import { hostPlatform } from "../oci/platform.ts";
import type { Descriptor, ImageConfig } from "../oci/types.ts";
import { maxConfigSize, parseImageConfig } from "../oci/validate.ts";
import { type DiskRoomOf, countingRoom } from "../quota/disk-room.ts";
import { familiarName, familiarString, type Reference } from "../reference/reference.ts";
import type { LayerInstaller } from "./layer-installer.ts";
import { Possession, type PossessionParts } from "./possession.ts";
import type { Repository } from "./registry-client.ts";
import type { TransferOptions, TransferProgress } from "./remotes.ts";
import { resolveManifest, type ResolvedManifest } from "./resolver.ts";
import { defaultTransferLimits, type TransferLimits } from "./limits.ts";
import { Limiter } from "./shared-work.ts";

/** dockerd reports at most this often; ms */
const progressInterval = 100;

export interface PullParts extends PossessionParts {
  images: ImageStore;
  leases: LeaseManager;
  installer: LayerInstaller;
  limits?: TransferLimits;
  /** what the tenant may still write */
  disk?: DiskRoomOf;
}

interface PulledLayer {
  blob: Descriptor;
  diffId: DiffID;
  chainId: ChainID;
  /** what Docker calls the layer in its progress */
  short: string;
}

/** A part of a pull that takes room: `count` is told how many bytes it has so far. */
interface Counted {
  signal: AbortSignal;
  count: (bytes: number) => void;
}

/** One pull of one image: manifest, config, layers in parallel, unpacked in order, then the image's record. */
export class Pull {
  readonly #parts: PullParts;
  readonly #repository: Repository;
  readonly #reference: Reference;
  readonly #options: TransferOptions;
  readonly #possession: Possession;

  constructor(parts: PullParts, repository: Repository, reference: Reference, options: TransferOptions) {
    this.#parts = parts;
    this.#possession = new Possession(parts, repository, reference);
    this.#repository = repository;
    this.#reference = reference;
    this.#options = options;
  }

  async run(): Promise<Image> {
    const { images, leases } = this.#parts;
    const name = familiarString(this.#reference);
    const platform = this.#options.platform ?? hostPlatform();
    const resolved = await resolveManifest(this.#repository, this.#reference, platform, this.#options.signal);
    this.#report({
      status: `Pulling from ${this.#reference.path}`,
      id: this.#reference.digest === undefined ? (this.#reference.tag ?? "") : name,
    });
    const lease = leases.create(`pull of ${name}`, 6 * 3_600_000);
    try {
      const before = images.find(name)?.id;
      const there = images.find(resolved.manifest.config.digest);
      const { rawConfig, config } = await this.#config(resolved, lease);
      if (there !== undefined) {
        // All of it is here: as with dockerd, no layer is spoken of.
        await this.#keepManifest(resolved, lease);
        return await this.#finish(resolved, there.layers, before, { config, rawConfig });
      }
      const layers = await this.#layers(resolved, config, lease);
      await this.#keepManifest(resolved, lease);
      return await this.#finish(resolved, layers, before, { config, rawConfig });
    } finally {
      lease.release();
    }
  }

  /** Names the image, and says how it ended. */
  async #finish(
    resolved: ResolvedManifest,
    layers: LayerID[],
    before: Digest | undefined,
    { config, rawConfig }: { config: ImageConfig; rawConfig: Buffer },
  ): Promise<Image> {
    const name = familiarString(this.#reference);
    const image = await this.#parts.images.create({
      config,
      rawConfig,
      layers,
      manifest: resolved.descriptor,
      arrived: true,
      tags: this.#reference.digest === undefined ? [name] : [],
      repoDigests: [`${familiarName(this.#reference)}@${resolved.named}`],
    });
    this.#report({ status: `Digest: ${resolved.named}` });
    if (this.#options.allTags !== true) {
      const news = before === image.id ? "Image is up to date for" : "Downloaded newer image for";
      this.#report({ status: `Status: ${news} ${name}` });
    }
    return image;
  }

  async #config(resolved: ResolvedManifest, lease: Lease): Promise<{ rawConfig: Buffer; config: ImageConfig }> {
    const descriptor = resolved.manifest.config;
    const what = `config of ${familiarString(this.#reference)}`;
    if (descriptor.size > maxConfigSize) {
      throw new InvalidArgument(`${what} is too large: ${descriptor.size} bytes, at most ${maxConfigSize} are read`);
    }
    lease.add({ kind: "content", id: descriptor.digest });
    const { signal } = this.#options;
    const own = this.#parts.images.find(descriptor.digest) !== undefined;
    if (own) await this.#parts.fetcher.fetch(this.#repository, descriptor, { signal });
    else await this.#possession.obtain(descriptor, { signal });
    const id = hexOf(descriptor.digest).slice(0, 12);
    const rawConfig = await this.#mended(descriptor, { id, signal }, () =>
      this.#parts.content.read(descriptor.digest, maxConfigSize),
    );
    const config = parseImageConfig(rawConfig, what);
    if (config.rootfs.diff_ids.length !== resolved.manifest.layers.length) {
      throw new InvalidArgument(
        `${what} names ${config.rootfs.diff_ids.length} layers, its manifest ${resolved.manifest.layers.length}`,
      );
    }
    return { rawConfig, config };
  }

  async #layers(resolved: ResolvedManifest, config: ImageConfig, lease: Lease): Promise<LayerID[]> {
    const stack = describeLayers(resolved.manifest.layers, config.rootfs.diff_ids);
    const installed: LayerID[] = [];
    const own = new Set(this.#parts.images.list().flatMap((image) => image.layers));
    for (const layer of stack) {
      const known = this.#parts.installer.find(layer.chainId);
      if (known === undefined) break;
      const shown = this.#possession.isShown(layer.blob, layer.diffId);
      if (!shown && !own.has(known.id)) break;
      if (shown) this.#parts.blobs.record(layer.diffId, layer.blob);
      lease.add({ kind: "layer", id: known.id });
      installed.push(known.id);
      // What only others have, or what waits to be collected, is taken as well, but not told.
      const told = own.has(known.id) ? ["Already exists"] : ["Pulling fs layer", "Download complete", "Pull complete"];
      told.forEach((status) => this.#report({ id: layer.short, status }));
    }
    const missing = stack.slice(installed.length);
    const parallel = (this.#parts.limits ?? defaultTransferLimits).downloads;
    missing.forEach((layer, index) => {
      lease.add({ kind: "content", id: layer.blob.digest });
      this.#report({ id: layer.short, status: "Pulling fs layer" });
      if (index >= parallel) {
        this.#report({ id: layer.short, status: "Waiting" });
      }
    });
    // One failure stops the other downloads, and no download is left running when this returns.
    const stop = new AbortController();
    const signal = AbortSignal.any([
      stop.signal,
      ...(this.#options.signal === undefined ? [] : [this.#options.signal]),
    ]);
    const limiter = new Limiter(parallel);
    const counter = countingRoom(this.#parts.disk, (error) => stop.abort(error));
    const downloads = missing.map((layer) => limiter.run(() => this.#download(layer, { signal, count: counter() })));
    try {
      for (const [index, layer] of missing.entries()) {
        await Promise.race([downloads[index], firstFailure(downloads)]);
        const use = { parent: installed.at(-1), lease, signal, count: counter() };
        installed.push(await this.#install(layer, use));
      }
    } catch (error) {
      throw isEngineError(stop.signal.reason, "disk_full") ? stop.signal.reason : error;
    } finally {
      stop.abort();
      await Promise.allSettled(downloads);
    }
    return installed;
  }

  async #download(layer: PulledLayer, { signal, count }: Counted): Promise<void> {
    const { short, blob } = layer;
    const report = this.#throttled((current) => ({ id: short, status: "Downloading", current, total: blob.size }));
    await this.#possession.obtain(blob, {
      signal,
      onProgress: (bytes) => {
        count(bytes);
        report(bytes);
      },
      onRetry: (ms) => {
        const seconds = Math.max(1, Math.ceil(ms / 1_000));
        this.#report({ id: short, status: `Retrying in ${seconds} second${seconds === 1 ? "" : "s"}` });
      },
    });
    this.#report({ id: short, status: "Verifying Checksum" });
    this.#report({ id: short, status: "Download complete" });
  }

  async #install(
    layer: PulledLayer,
    { parent, lease, signal, count }: Counted & { parent: LayerID | undefined; lease: Lease },
  ): Promise<LayerID> {
    const { short, blob } = layer;
    // The compressed size stands for the whole, as the uncompressed one is not known; dockerd does the same.
    const report = this.#throttled((bytes) => ({
      id: short,
      status: "Extracting",
      current: Math.min(bytes, blob.size),
      total: blob.size,
    }));
    const installed = await this.#mended(blob, { id: short, signal }, () =>
      this.#parts.installer.install(
        blob,
        { ...layer, parent },
        {
          blobs: this.#parts.blobs,
          signal,
          from: this.#repository.source,
          onProgress: (bytes) => {
            count(bytes);
            report(bytes);
          },
        },
      ),
    );
    lease.add({ kind: "layer", id: installed.id });
    this.#report({ id: short, status: "Pull complete" });
    return installed.id;
  }

  /** What `use` makes of a blob; if it fails because the blob is damaged on disk, that is told, and it is fetched again. */
  async #mended<T>(
    blob: Descriptor,
    { id, signal }: { id: string; signal: AbortSignal | undefined },
    use: () => Promise<T>,
  ): Promise<T> {
    const { content, fetcher } = this.#parts;
    try {
      return await use();
    } catch (error) {
      if (!isEngineError(error, "data_loss", "invalid_argument") || (await isSound(content, blob.digest))) {
        throw error;
      }
      this.#report({ id, status: "Damaged on disk, pulling it again" });
      await content.delete(blob.digest);
      await fetcher.fetch(this.#repository, blob, { signal });
      return await use();
    }
  }

  async #keepManifest(resolved: ResolvedManifest, lease: Lease): Promise<void> {
    const { digest, size } = resolved.descriptor;
    const { content } = this.#parts;
    lease.add({ kind: "content", id: digest });
    const keep = () =>
      content.ingest(Readable.from([resolved.bytes]), { ref: `manifest-${digest}`, expected: { digest, size } });
    await keep();
    // What is here already is not looked at.
    if (await isSound(content, digest)) return;
    await content.delete(digest);
    await keep();
  }

  #report(progress: TransferProgress): void {
    this.#options.onProgress?.(progress);
  }

  #throttled(make: (bytes: number) => TransferProgress): (bytes: number) => void {
    let next = 0;
    return (bytes) => {
      const now = performance.now();
      if (now >= next) {
        next = now + progressInterval;
        this.#report(make(bytes));
      }
    };
  }
}

/** Never resolves; rejects with the first failure. */
function firstFailure(work: readonly Promise<void>[]): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const item of work) {
      item.catch(reject);
    }
  });
}

function describeLayers(blobs: readonly Descriptor[], diffIds: readonly DiffID[]): PulledLayer[] {
  return blobs.map((blob, index) => {
    const diffId = diffIds[index];
    const chainId = chainIdOf(diffIds.slice(0, index + 1));
    if (diffId === undefined || chainId === undefined) {
      throw new InvalidArgument(`layer ${index} has no diffID`);
    }
    if (/foreign|nondistributable/.test(blob.mediaType)) {
      throw new NotImplemented(`layer ${blob.digest} is of the kind ${blob.mediaType}, which is not fetched`);
    }
    return { blob, diffId, chainId, short: hexOf(blob.digest).slice(0, 12) };
  });
}
