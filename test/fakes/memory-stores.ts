import { Readable } from "node:stream";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import type { ContentInfo, ContentProvider, ContentStore, IngestOptions } from "../../server/engine/content/store.ts";
import { DataLoss, NotFound, OutOfRange } from "../../server/engine/errdefs/errors.ts";
import type { ApplyOptions, Layer, LayerID, LayerStore } from "../../server/engine/layers/layer-store.ts";
import type { Lease, LeaseManager, Resource } from "../../server/engine/leases/leases.ts";
import { chainIdOf, digestOf, type ChainID, type DiffID, type Digest } from "../../server/engine/oci/digest.ts";

/** A content store in memory, for tests of what is built on the interface. */
export class MemoryContent implements ContentStore {
  readonly blobs = new Map<Digest, Buffer>();

  info(digest: Digest): Promise<ContentInfo> {
    const blob = this.blobs.get(digest);
    if (blob === undefined) {
      return Promise.reject(new NotFound(`No such blob: ${digest}`));
    }
    return Promise.resolve({ digest, size: blob.length, createdAt: 0 });
  }
  async open(digest: Digest, options: { start?: number } = {}): Promise<Readable> {
    return Readable.from([(await this.read(digest, Infinity)).subarray(options.start ?? 0)]);
  }
  async read(digest: Digest, limit = 4 << 20): Promise<Buffer> {
    await this.info(digest);
    const blob = this.blobs.get(digest) ?? Buffer.alloc(0);
    if (blob.length > limit) {
      throw new OutOfRange(`blob ${digest} has more than ${limit} bytes`);
    }
    return blob;
  }
  async file(digest: Digest): Promise<undefined> {
    await this.info(digest);
  }
  async ingest(source: AsyncIterable<Uint8Array>, options: IngestOptions): Promise<ContentInfo> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of source) {
      options.signal?.throwIfAborted();
      chunks.push(chunk);
      options.onProgress?.((bytes += chunk.length));
    }
    const blob = Buffer.concat(chunks);
    const digest = digestOf(blob);
    if (options.expected !== undefined && options.expected.digest !== digest) {
      throw new DataLoss(`blob ${options.expected.digest} has the digest ${digest}`);
    }
    this.blobs.set(digest, blob);
    return await this.info(digest);
  }
  async *list(): AsyncIterable<ContentInfo> {
    for (const digest of this.blobs.keys()) {
      yield await this.info(digest);
    }
  }
  delete(digest: Digest): Promise<void> {
    this.blobs.delete(digest);
    return Promise.resolve();
  }
}

/** A layer store that keeps each layer's tar in memory and never looks inside. */
export class MemoryLayers implements LayerStore {
  readonly tars = new Map<LayerID, Buffer>();
  readonly #layers = new Map<LayerID, Layer & { chain: ChainID }>();
  /** layers unpacked, not counting those that were there */
  applied = 0;
  /** how often something was unpacked, whether it was kept or not */
  unpackings = 0;
  readonly #content: ContentProvider;

  constructor(content: ContentProvider) {
    this.#content = content;
  }

  async applyBlob(blob: Digest, options: ApplyOptions): Promise<Layer> {
    return this.apply(await this.#content.open(blob), options);
  }
  async apply(source: Readable, options: ApplyOptions): Promise<Layer> {
    this.unpackings++;
    const packed = Buffer.concat(await source.toArray());
    const tar = unpacked(packed);
    const diffId = digestOf(tar) as DiffID;
    if (options.diffId !== undefined && options.diffId !== diffId) {
      throw new DataLoss(`layer has the diffID ${diffId} instead of ${options.diffId}`);
    }
    options.onProgress?.(tar.length);
    return this.#add(tar, diffId, options.parent);
  }
  commit(): Promise<Layer> {
    return Promise.reject(new Error("not in this fake"));
  }
  get(id: LayerID): Layer {
    const layer = this.#layers.get(id);
    if (layer === undefined) {
      throw new NotFound(`No such layer: ${id}`);
    }
    return layer;
  }
  diffId(id: LayerID): Promise<DiffID> {
    return Promise.resolve(this.get(id).diffId as DiffID);
  }
  findByChain(chainId: ChainID): Layer | undefined {
    return [...this.#layers.values()].find((layer) => layer.chain === chainId);
  }
  openTar(id: LayerID): Promise<Readable> {
    this.get(id);
    return Promise.resolve(Readable.from([this.tars.get(id) ?? Buffer.alloc(0)]));
  }
  list(): Layer[] {
    return [...this.#layers.values()];
  }

  #add(tar: Buffer, diffId: DiffID, parent: LayerID | undefined): Layer {
    const chain = chainIdOf([...this.#diffIdsOf(parent), diffId]) as ChainID;
    const known = this.findByChain(chain);
    if (known !== undefined) {
      return known;
    }
    this.applied++;
    const id = `layer-${this.#layers.size}` as LayerID;
    const layer = { id, parent, diffId, size: tar.length, createdAt: 0, chain };
    this.#layers.set(id, layer);
    this.tars.set(id, tar);
    return layer;
  }

  #diffIdsOf(id: LayerID | undefined): DiffID[] {
    if (id === undefined) {
      return [];
    }
    const layer = this.get(id);
    return [...this.#diffIdsOf(layer.parent), layer.diffId as DiffID];
  }
}

/** Leases that remember what is held. */
export class MemoryLeases implements LeaseManager {
  readonly held = new Map<string, Resource[]>();
  create(purpose: string): Lease {
    const id = `${purpose}-${this.held.size}-${Math.random()}`;
    const resources: Resource[] = [];
    this.held.set(id, resources);
    return { id, add: (resource) => void resources.push(resource), release: () => void this.held.delete(id) };
  }
  resources(): Iterable<Resource> {
    return [...this.held.values()].flat();
  }
}

/** By the first bytes (RFC 1952 section 2.3.1, RFC 8878 section 3.1.1); a tar of random bytes may begin with one of them. */
function unpacked(packed: Buffer): Buffer {
  if (packed.subarray(0, 3).equals(Buffer.of(0x1f, 0x8b, 8))) return gunzipSync(packed);
  return packed.subarray(0, 4).equals(Buffer.of(0x28, 0xb5, 0x2f, 0xfd)) ? zstdDecompressSync(packed) : packed;
}
