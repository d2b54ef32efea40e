import { Readable } from "node:stream";
import type { NewBuildEvent } from "../../../contract/build-events.ts";
import type { ContentStore } from "../../content/store.ts";
import { isEngineError, messageOf, NotFound, OutOfRange } from "../../errdefs/errors.ts";
import type { Image, ImageStore } from "../../images/image-store.ts";
import type { LayerBlobs, LayerID, LayerStore } from "../../layers/layer-store.ts";

import type { Lease, RootSource } from "../../leases/leases.ts";
import { digestOf } from "../../oci/digest.ts";
import { canonicalJson } from "../../oci/json.ts";
import { hostPlatform, selectManifest } from "../../oci/platform.ts";
import { type Descriptor, mediaTypes } from "../../oci/types.ts";
import { maxConfigSize, parseImageConfig, parseIndex, parseManifest } from "../../oci/validate.ts";
import { parseReference } from "../../reference/reference.ts";
import type { Artifact, Artifacts } from "../../remotes/artifacts.ts";
import type { LayerCompressor } from "../../remotes/layer-compressor.ts";
import type { LayerInstaller } from "../../remotes/layer-installer.ts";
import type { BuildRequest, CacheSource, CacheTarget } from "../builder.ts";
import type { BuildResult } from "../ops/result.ts";
import type { ImportedResults } from "../solver/types.ts";
import {
  type CacheConfig,
  cacheConfigType,
  maxCacheConfig,
  parseCacheConfig,
  parseInlineRecords,
} from "./cache-config.ts";
import { bringWith, imageLayers, packCache, type PackedCache, uncompressedAnnotation } from "./cache-layers.ts";
import { CacheLayout } from "./cache-layout.ts";
import type { LocalRecord } from "./cache-recorder.ts";
import { ImportedCache, ImportedCaches } from "./imported-cache.ts";

export interface CacheExchangeOptions {
  artifacts: Artifacts;
  content: ContentStore;
  images: ImageStore;
  layers: LayerStore;
  /** the tenant's */
  blobs: LayerBlobs;
  installer: LayerInstaller;
  compressor: LayerCompressor;
}

/** What one build gives. */
export type ExchangingBuild = Pick<BuildRequest, "auth" | "signal" | "onEvent"> & { lease: Lease };

/** And what it need not be given. */
type ImportingBuild = ExchangingBuild & { own: ReadonlySet<LayerID> };

type FetchBlob = (blob: Descriptor, signal: AbortSignal | undefined) => Promise<void>;

/** `BUILDKIT_INLINE_CACHE=1` asks for one, too (BuildKit's built-in build arguments). */
export function cacheTargets({ cacheTo = [], buildArgs }: BuildRequest): readonly CacheTarget[] {
  const inline = /^(1|t|true)$/i.test(buildArgs["BUILDKIT_INLINE_CACHE"] ?? "");
  return inline ? [...cacheTo, { type: "inline" }] : cacheTo;
}

/** Caches that builds take from elsewhere and leave for others (`docker build --cache-from`, `--cache-to`). */
export class CacheExchange {
  readonly #options: CacheExchangeOptions;

  constructor(options: CacheExchangeOptions) {
    this.#options = options;
  }

  /**
   * One that cannot be had is told and left out: the build goes on without it.
   * @param cache the tenant's own, whose layers need not be shown by anybody
   * @throws Cancelled
   */
  async import(
    sources: readonly CacheSource[],
    given: ExchangingBuild,
    cache: RootSource,
  ): Promise<ImportedResults<BuildResult>> {
    const build = { ...given, own: this.#own(cache) };
    const caches = sources.map((source) =>
      told(`importing cache manifest from ${nameOf(source)}`, build, { fatal: false }, (warn) =>
        source.type === "local" ? this.#local(source, build, warn) : this.#registry(source.reference, build, warn),
      ),
    );
    return new ImportedCaches((await Promise.all(caches)).filter((cache) => cache !== undefined));
  }

  /**
   * @param image what was built: `min` leaves out the results of steps that are not in it
   * @throws as pushes do; nothing for targets that ask to ignore errors
   */
  async export(
    targets: readonly CacheTarget[],
    build: ExchangingBuild,
    made: { records: readonly LocalRecord[]; image: Image },
  ): Promise<void> {
    for (const target of targets) {
      if (target.type === "inline") {
        continue;
      }
      const name = target.type === "local" ? "client directory" : "registry";
      await told(`exporting cache to ${name}`, build, { fatal: !target.ignoreError }, () =>
        this.#export(target, build, made),
      );
    }
  }

  async #export(
    target: Exclude<CacheTarget, { type: "inline" }>,
    { auth, lease, signal }: ExchangingBuild,
    { records, image }: { records: readonly LocalRecord[]; image: Image },
  ): Promise<void> {
    const { artifacts, content, layers, compressor } = this.#options;
    const takes =
      target.mode === "max" ? () => true : (layer: (typeof image.layers)[number]) => image.layers.includes(layer);
    const packed = await packCache(records, takes, { layers, blobs: this.#options.blobs, compressor, lease, signal });
    const { manifest, config } = manifestOf(packed);
    const stored = await content.ingest(Readable.from([config.bytes]), { ref: `cache-config-${config.digest}` });
    lease.add({ kind: "content", id: stored.digest });
    const blobs = [...packed.blobs, { mediaType: cacheConfigType, digest: stored.digest, size: stored.size }];
    if (target.type === "local") {
      const layout = new CacheLayout(target.directory.root);
      await layout.write(manifest, blobs, { open: (digest) => content.open(digest), signal });
      return;
    }
    const options = { signal, blobs, auth: auth?.(parseReference(target.reference).domain) };
    await artifacts.push(target.reference, { bytes: manifest, mediaType: mediaTypes.ociManifest }, options);
  }

  async #local(
    { directory }: Extract<CacheSource, { type: "local" }>,
    { lease, signal, own }: ImportingBuild,
    warn: (message: string) => void,
  ): Promise<ImportedCache> {
    const { content } = this.#options;
    const layout = new CacheLayout(directory.root);
    const fetch: FetchBlob = (blob, fetching) => layout.fetch(blob, content, fetching);
    const config = await this.#config(layout.manifest(), fetch, { lease, signal });
    return this.#imported(config, fetch, { lease, own, warn });
  }

  /** An image of that name which is here comes first. */
  async #registry(
    reference: string,
    { auth, lease, signal, own }: ImportingBuild,
    warn: (message: string) => void,
  ): Promise<ImportedCache> {
    const image = this.#options.images.find(reference);
    const inline = image?.config["moby.buildkit.cache.v0"];
    if (image !== undefined && inline !== undefined) {
      const records = parseInlineRecords(inline, `the cache in image ${reference}`);
      const config = { records, layers: imageLayers([], image.config.rootfs.diff_ids) };
      return this.#imported(config, missing, { lease, own, warn });
    }
    const top = await this.#options.artifacts.open(reference, {
      signal,
      auth: auth?.(parseReference(reference).domain),
    });
    const config = await this.#remoteConfig(top, reference, { lease, signal });
    return this.#imported(config, (blob, fetching) => top.fetch(blob, fetching), { lease, own, warn });
  }

  async #remoteConfig(
    top: Artifact,
    reference: string,
    held: { lease: Lease; signal: AbortSignal },
  ): Promise<CacheConfig> {
    const fetch: FetchBlob = (blob, fetching) => top.fetch(blob, fetching);
    if (!top.isIndex) {
      return this.#config(top.bytes, fetch, held);
    }
    // BuildKit's older form: an index that lists the layers, and the config among them.
    const { manifests } = parseIndex(top.bytes, `the cache ${reference}`);
    const config = manifests.find(({ mediaType }) => mediaType === cacheConfigType);
    if (config !== undefined) {
      const listed = manifests.filter((descriptor) => descriptor !== config);
      return this.#described(await this.#read(config, fetch, held), listed);
    }
    const chosen = selectManifest(manifests, hostPlatform());
    if (chosen === undefined) {
      throw new NotFound(`${reference} has no image for this machine's platform`);
    }
    return this.#config((await top.manifest(chosen, held.signal)).bytes, fetch, held);
  }

  /** Of a cache's manifest, or an image's with the cache in its config. */
  async #config(manifest: Buffer, fetch: FetchBlob, held: { lease: Lease; signal: AbortSignal }): Promise<CacheConfig> {
    const { config, layers } = parseManifest(manifest, "the cache's manifest");
    const bytes = await this.#read(config, fetch, held);
    if (config.mediaType === cacheConfigType) {
      return this.#described(bytes, layers);
    }
    const image = parseImageConfig(bytes);
    const inline = image["moby.buildkit.cache.v0"];
    if (inline === undefined) {
      return { layers: [], records: [] };
    }
    return {
      records: parseInlineRecords(inline, "the image's cache"),
      layers: imageLayers(layers, image.rootfs.diff_ids),
    };
  }

  /** What the config does not say of its layers, the manifest does. */
  #described(bytes: Buffer, blobs: readonly Descriptor[]): CacheConfig {
    const config = parseCacheConfig(bytes, "the cache's config");
    const known = new Map(blobs.map((blob) => [blob.digest, blob]));
    return {
      records: config.records,
      layers: config.layers.map((layer) => {
        const { size, mediaType, annotations } = known.get(layer.blob) ?? {};
        const diffID = annotations?.[uncompressedAnnotation];
        const said = JSON.parse(JSON.stringify({ size, mediaType, diffID })) as NonNullable<typeof layer.annotations>;
        return { ...layer, annotations: { ...layer.annotations, ...said } };
      }),
    };
  }

  async #read(
    blob: Descriptor,
    fetch: FetchBlob,
    { lease, signal }: { lease: Lease; signal: AbortSignal },
  ): Promise<Buffer> {
    const limit = blob.mediaType === cacheConfigType ? maxCacheConfig : maxConfigSize;
    if (blob.size > limit) {
      throw new OutOfRange(`the cache's config is too large: ${blob.size} bytes, at most ${limit} are read`);
    }
    lease.add({ kind: "content", id: blob.digest });
    await fetch(blob, signal);
    return this.#options.content.read(blob.digest, limit);
  }

  #imported(
    config: CacheConfig,
    fetch: FetchBlob,
    { lease, own, warn }: { lease: Lease; own: ReadonlySet<LayerID>; warn: (message: string) => void },
  ) {
    const { blobs, installer, content } = this.#options;
    return new ImportedCache(config, bringWith({ blobs, installer, content, lease, own, fetch, onMissing: warn }));
  }

  /** The layers of the tenant's images and cache, and what they are based on. */
  #own(cache: RootSource): Set<LayerID> {
    const { images, layers } = this.#options;
    const own = new Set(images.list().flatMap((image) => image.layers));
    for (const { kind, id } of cache.roots()) {
      if (kind !== "layer") continue;
      try {
        for (let at: LayerID | undefined = id as LayerID; at !== undefined && !own.has(at);) {
          const { parent } = layers.get(at);
          own.add(at);
          at = parent;
        }
      } catch (error) {
        // A record whose layer is gone goes when it is asked for.
        if (!isEngineError(error, "not_found")) throw error;
      }
    }
    return own;
  }
}

function manifestOf({ config, blobs }: PackedCache): { manifest: Buffer; config: { bytes: Buffer; digest: string } } {
  const bytes = canonicalJson(config);
  const digest = digestOf(bytes);
  const manifest = canonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: cacheConfigType, digest, size: bytes.length },
    layers: blobs,
  });
  return { manifest, config: { bytes, digest } };
}

function missing(blob: Descriptor): Promise<void> {
  return Promise.reject(new NotFound(`layer ${blob.digest} of the image is not here any more`));
}

function nameOf(source: CacheSource): string {
  return source.type === "local" ? `local:${source.name}` : source.reference;
}

/** Shows what is done as a step of its own. @throws what `body` throws if that is fatal; Cancelled */
async function told<T>(
  name: string,
  { onEvent }: { onEvent: (event: NewBuildEvent) => void },
  { fatal }: { fatal: boolean },
  body: (warn: (message: string) => void) => Promise<T>,
): Promise<T | undefined> {
  const id = digestOf(name);
  const began = performance.now();
  const end = (error?: string): void => {
    onEvent({
      type: "vertex-completed",
      id,
      cached: false,
      reason: { kind: "not-cacheable", detail: "The build was asked for it." },
      durationMs: Math.round(performance.now() - began),
      ...(error === undefined ? {} : { error }),
    });
  };
  onEvent({ type: "vertex", vertex: { id, name, instruction: name, stage: "", range: undefined, inputs: [] } });
  onEvent({ type: "vertex-started", id });
  try {
    const result = await body((message) => onEvent({ type: "log", id, stream: "stderr", text: `${message}\n` }));
    end();
    return result;
  } catch (error) {
    end(messageOf(error));
    if (fatal || isEngineError(error, "cancelled")) {
      throw error;
    }
    return undefined;
  }
}
