import type { Readable } from "node:stream";
import type { Digest } from "../oci/digest.ts";

/** One blob: `size` in bytes, `createdAt` in ms since the epoch. */
export interface ContentInfo {
  digest: Digest;
  size: number;
  createdAt: number;
}

/** Reads blobs by digest. */
export interface ContentProvider {
  /** @throws NotFound */
  info(digest: Digest): Promise<ContentInfo>;
  /** Streams the blob from `start`. The caller destroys the stream. @throws NotFound */
  open(digest: Digest, options?: { start?: number }): Promise<Readable>;
  /**
   * The whole blob, for manifests and configs.
   * @throws NotFound; OutOfRange above `limit` bytes (default 4 MiB); DataLoss: on disk it is no longer what its digest says
   */
  read(digest: Digest, limit?: number): Promise<Buffer>;
  /** The blob's file, for a thread or a process that reads it by itself; undefined where blobs are no files. @throws NotFound */
  file(digest: Digest): Promise<string | undefined>;
}

export interface IngestOptions {
  /** Names the ingest. A second `ingest` of the same ref while one runs waits for the first. */
  ref: string;
  /** What the bytes must be; a mismatch throws DataLoss and keeps nothing. */
  expected?: { digest: Digest; size?: number };
  signal?: AbortSignal;
  /**
   * False: it is not waited for that the bytes are on the disk, which takes as long as whatever else is being written. What
   * was made here, of layers that are not waited for either, may go with them when the machine loses power; default true.
   */
  settled?: boolean;
  /** Called with the bytes written so far. */
  onProgress?: (bytes: number) => void;
}

/** Writes blobs: bytes go to an ingest file, are hashed as they pass, and become visible by one rename. */
export interface ContentIngester {
  /** Idempotent by content: an existing blob that was expected is kept, and not looked at. @throws DataLoss, Cancelled, ResourceExhausted (disk full) */
  ingest(source: AsyncIterable<Uint8Array>, options: IngestOptions): Promise<ContentInfo>;
  /**
   * The same of a blob that somebody else, another thread for instance, writes to a new file and hashes. Only where blobs
   * are files.
   * @param fill makes the file at `path`, and checks it against `options.expected`
   */
  ingestFile?(
    options: Pick<IngestOptions, "ref" | "settled"> & Required<Pick<IngestOptions, "expected">>,
    fill: (path: string) => Promise<Pick<ContentInfo, "digest" | "size">>,
  ): Promise<ContentInfo>;
}

export interface ContentManager {
  list(): AsyncIterable<ContentInfo>;
  /** Idempotent. */
  delete(digest: Digest): Promise<void>;
}

/** The content store: blobs under their digest, shared by all tenants, collected by `gc/`. */
export interface ContentStore extends ContentProvider, ContentIngester, ContentManager {}
