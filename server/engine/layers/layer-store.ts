import type { Readable } from "node:stream";
import type { ThreadTime } from "../concurrency/thread-time.ts";
import type { LayerEntry } from "../diff/layer-entries.ts";
import type { SafeHandle } from "../mount/safe-handle.ts";
import type { ChainID, DiffID, Digest } from "../oci/digest.ts";

declare const layerIdBrand: unique symbol;
/** Names one layer on its parents: the name of a committed snapshot. Local to this machine, unlike a chainID. */
export type LayerID = string & { readonly [layerIdBrand]: true };

export interface Layer {
  id: LayerID;
  parent: LayerID | undefined;
  /** Known at once for applied layers; for committed ones computed in the background (`LayerStore.diffId`). */
  diffId: DiffID | undefined;
  /** Bytes of the uncompressed files this layer adds. */
  size: number;
  /** ms since the epoch */
  createdAt: number;
}

export interface ApplyOptions {
  parent: LayerID | undefined;
  /** What the uncompressed tar must hash to; a mismatch throws DataLoss and keeps nothing. */
  diffId?: DiffID;
  /** Unpack it, and throw that away, also if the same chain exists: nobody is to tell by the time whether it does. */
  again?: boolean;
  signal?: AbortSignal;
  /** Bytes of files and entries that it may have; default: far more than any layer of use. @throws OutOfRange beyond */
  limits?: { bytes?: number; entries?: number };
  /** Uncompressed bytes applied so far. */
  onProgress?: (bytes: number) => void;
}

/**
 * Layers: committed snapshots with their diffIDs. Shared by all tenants by content, never by write.
 * What nothing refers to is removed by `gc/`; hold a lease over what you are still working on.
 */
export interface LayerStore {
  /**
   * Unpacks a layer tar (plain, gzip or zstd, detected) on `parent`. If the same chain exists it is returned and
   * nothing unpacked (the stream is destroyed). Hostile tars are refused (`..`, escapes through links, oversize names).
   * @throws InvalidArgument (bad tar), DataLoss (diffID), Cancelled, ResourceExhausted (disk full)
   */
  apply(source: Readable, options: ApplyOptions): Promise<Layer>;
  /** `apply` of a blob of the content store. @throws NotFound (blob), and as `apply` */
  applyBlob(blob: Digest, options: ApplyOptions): Promise<Layer>;
  /**
   * Freezes an active snapshot (unmounted) as a layer. Usable as parent at once; the diffID follows in the background.
   * `empty` layers are layers too.
   * @param time whose time of this thread the digest takes; theirs are computed one after the other
   */
  commit(key: string, time?: ThreadTime): Promise<Layer>;
  /** @throws NotFound */
  get(id: LayerID): Layer;
  /** Waits for the background digest. @throws NotFound, DataLoss */
  diffId(id: LayerID): Promise<DiffID>;
  /** The top layer of the stack `chainId`, if it is here. */
  findByChain(chainId: ChainID): Layer | undefined;
  /**
   * The layer's uncompressed tar, byte for byte what its diffID was computed from, however often it is asked for.
   * The caller destroys the stream.
   */
  openTar(id: LayerID): Promise<Readable>;
  list(): Layer[];
}

/** The files that a layer itself has. */
export interface LayerFiles {
  /** Each directory before what is beneath it. @throws NotFound, OutOfRange above `limit` entries */
  entries(id: LayerID, limit: number): Promise<LayerEntry[]>;
  /** A regular file of it, to be read; no link at its end is followed. The caller closes it. @throws NotFound, InvalidArgument */
  openFile(id: LayerID, path: string): SafeHandle;
}

/** A layer, compressed, in the content store. */
export interface LayerBlob {
  digest: Digest;
  size: number;
  mediaType: string;
}

/**
 * The compressed blobs of layers that one tenant has, so that pull, push and save need not compress again. Layers are
 * shared, blobs are not: whoever knows what a layer holds can have a registry of his send it padded, or packed with more
 * care, with a digest of his choice, which is to be nothing that others push, pay for or see.
 */
export interface LayerBlobs {
  /** The smallest that the tenant itself has brought, or that was compressed here, if the content store holds one. */
  find(diffId: DiffID): LayerBlob | undefined;
  /** Whether this is a blob of the layer, whoever brought it. */
  has(diffId: DiffID, digest: Digest): boolean;
  /** The tenant has brought it. */
  record(diffId: DiffID, blob: LayerBlob): void;
}
