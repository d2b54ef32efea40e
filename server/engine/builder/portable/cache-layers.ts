import type { ContentStore } from "../../content/store.ts";
import { isEngineError, messageOf } from "../../errdefs/errors.ts";
import type { Layer, LayerBlobs, LayerID, LayerStore } from "../../layers/layer-store.ts";
import type { Lease } from "../../leases/leases.ts";
import { type ChainID, chainIdOf, type DiffID, type Digest } from "../../oci/digest.ts";
import { type Descriptor, mediaTypes } from "../../oci/types.ts";
import type { LayerCompressor } from "../../remotes/layer-compressor.ts";
import type { LayerInstaller } from "../../remotes/layer-installer.ts";
import { checkUnpacked } from "../../remotes/possession.ts";
import type { CacheConfig, CacheLayer } from "./cache-config.ts";
import type { LocalRecord } from "./cache-recorder.ts";
import type { BringLayers, PortableLayer } from "./imported-cache.ts";

/** containerd's annotation of a compressed layer: its diffID. */
export const uncompressedAnnotation = "containerd.io/uncompressed";

export interface BringOptions {
  /** the tenant's */
  blobs: LayerBlobs;
  installer: LayerInstaller;
  content: ContentStore;
  lease: Lease;
  /** The tenant's: others' are here, too, and are not given to who can only name them. */
  own: ReadonlySet<LayerID>;
  /** Afterwards the content store has the blob, and where the cache comes from has shown all of it. */
  fetch: (blob: Descriptor, signal: AbortSignal) => Promise<void>;
  /** A layer that cannot be had: its step runs instead. */
  onMissing: (message: string) => void;
}

/**
 * Unpacks layers of a cache that are not here yet; each must be what its diffID says. What could not be had once is not
 * tried again, so that of two steps the upper is never there without the lower.
 */
export function bringWith({ blobs, installer, content, lease, own, fetch, onMissing }: BringOptions): BringLayers {
  const brought = new Map<ChainID, Promise<Layer | undefined>>();
  const bring = async (stack: readonly PortableLayer[], signal: AbortSignal): Promise<Layer | undefined> => {
    const [top] = stack.slice(-1);
    const chainId = chainIdOf(stack.map(({ diffId }) => diffId));
    if (top === undefined || chainId === undefined) {
      return undefined;
    }
    const known = installer.find(chainId);
    if (known !== undefined && own.has(known.id)) {
      return known;
    }
    const below = stack.slice(0, -1);
    const parent = below.length === 0 ? undefined : await once(below, signal);
    if (below.length > 0 && parent === undefined) {
      return undefined;
    }
    lease.add({ kind: "content", id: top.blob.digest });
    try {
      await fetch(top.blob, signal);
      if (known !== undefined) {
        await checkUnpacked(content, top.blob, top.diffId);
        blobs.record(top.diffId, top.blob);
        return known;
      }
      return await installer.install(top.blob, { chainId, diffId: top.diffId, parent: parent?.id }, { blobs, signal });
    } catch (error) {
      if (isEngineError(error, "cancelled", "resource_exhausted", "disk_full")) {
        throw error;
      }
      onMissing(messageOf(error));
      return undefined;
    }
  };
  const once = async (stack: readonly PortableLayer[], signal: AbortSignal): Promise<Layer | undefined> => {
    const chainId = chainIdOf(stack.map(({ diffId }) => diffId));
    const bringing = (chainId === undefined ? undefined : brought.get(chainId)) ?? bring(stack, signal);
    if (chainId !== undefined) {
      brought.set(chainId, bringing);
    }
    const layer = await bringing;
    if (layer !== undefined) {
      lease.add({ kind: "layer", id: layer.id });
    }
    return layer;
  };
  return async (stack, signal) => {
    const layer = await once(stack, signal);
    return layer === undefined ? undefined : { kind: "layer", layer: layer.id, bytes: layer.size };
  };
}

/** A cache's layers and its records, with the blobs that go along. */
export interface PackedCache {
  config: CacheConfig;
  /** one for each of the config's layers, with annotations */
  blobs: Descriptor[];
}

/**
 * Gives records of this machine the form in which they travel.
 * @param takes whether the result of a record goes along when it is this layer
 */
export async function packCache(
  records: readonly LocalRecord[],
  takes: (layer: LayerID) => boolean,
  {
    layers,
    blobs: known,
    compressor,
    lease,
    signal,
  }: {
    layers: Pick<LayerStore, "get" | "diffId">;
    /** the tenant's */
    blobs: LayerBlobs;
    compressor: LayerCompressor;
    lease: Lease;
    signal: AbortSignal;
  },
): Promise<PackedCache> {
  const packed: CacheLayer[] = [];
  const blobs: Descriptor[] = [];
  const numbers = new Map<LayerID, number>();
  const pack = async (top: LayerID): Promise<number> => {
    const missing: LayerID[] = [];
    for (let at: LayerID | undefined = top; at !== undefined && !numbers.has(at); at = layers.get(at).parent) {
      missing.unshift(at);
    }
    for (const layer of missing) {
      const { parent } = layers.get(layer);
      const diffID = await layers.diffId(layer);
      const { digest, size, mediaType } = await compressor.blobOf(layer, known, { signal });
      lease.add({ kind: "content", id: digest });
      const ociType = mediaType === mediaTypes.dockerLayerGzip ? mediaTypes.ociLayerGzip : mediaType;
      const annotations = { mediaType: ociType, diffID, size };
      numbers.set(layer, packed.length);
      packed.push({ blob: digest, parent: parent === undefined ? -1 : (numbers.get(parent) ?? -1), annotations });
      blobs.push({ mediaType: ociType, digest, size, annotations: { [uncompressedAnnotation]: diffID } });
    }
    return numbers.get(top) ?? -1;
  };
  const travelling = [];
  for (const { layer, createdAt, ...record } of records) {
    const taken = layer !== undefined && takes(layer);
    const result = taken ? [{ layer: await pack(layer), ...timed(createdAt) }] : undefined;
    travelling.push({ ...record, ...(result === undefined ? {} : { layers: result }) });
  }
  return { config: { layers: packed, records: travelling }, blobs };
}

/**
 * The records alone, for an image that has the layers.
 * @param image its layers, lowest first
 */
export function inlineRecords(records: readonly LocalRecord[], image: readonly LayerID[], timeless: boolean): object[] {
  return records.map(({ layer, createdAt, ...record }) => {
    const number = layer === undefined ? -1 : image.indexOf(layer);
    return number < 0 ? record : { ...record, layers: [{ layer: number, ...(timeless ? {} : timed(createdAt)) }] };
  });
}

/** The layers of an image as a cache's, each on the one before. */
export function imageLayers(
  blobs: readonly { digest: Digest; size: number; mediaType: string }[],
  diffIds: readonly DiffID[],
): CacheLayer[] {
  return diffIds.map((diffID, index) => {
    const { digest, size, mediaType } = blobs[index] ?? { digest: diffID, size: 0, mediaType: mediaTypes.ociLayer };
    return { blob: digest, parent: index - 1, annotations: { diffID, size, mediaType } };
  });
}

function timed(createdAt: number | undefined): { createdAt?: string } {
  return createdAt === undefined ? {} : { createdAt: new Date(createdAt).toISOString() };
}
