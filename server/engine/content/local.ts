import { randomUUID } from "node:crypto";
import {
  createReadStream,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
} from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { DataLoss, NotFound, OutOfRange } from "../errdefs/errors.ts";
import { errnoCode, fileError } from "../mount/errno.ts";
import { type Digest, digestOf, hexOf, isDigest, parseDigest } from "../oci/digest.ts";
import { discard, IngestQueue, receive } from "./ingest.ts";
import type { ContentInfo, ContentStore, IngestOptions } from "./store.ts";

/**
 * The content store on disk:
 *
 *     <dir>/blobs/sha256/<hex>   one blob each, mode 0600, complete as soon as it is there
 *     <dir>/ingest/<uuid>        being written; what is there when the store is opened is left from a crash and goes
 *
 * A blob's `createdAt` is the time of its last ingest, so that what has just been "written" again is not taken for old.
 */
export class LocalContentStore implements ContentStore {
  readonly #blobs: string;
  readonly #ingest: string;
  readonly #queue = new IngestQueue();

  constructor(dir: string) {
    this.#blobs = join(dir, "blobs", "sha256");
    this.#ingest = join(dir, "ingest");
    rmSync(this.#ingest, { recursive: true, force: true });
    mkdirSync(this.#blobs, { recursive: true, mode: 0o700 });
    mkdirSync(this.#ingest, { recursive: true, mode: 0o700 });
  }

  async info(digest: Digest): Promise<ContentInfo> {
    const info = this.#find(digest);
    if (info === undefined) {
      throw new NotFound(`No such blob: ${digest}`);
    }
    return info;
  }

  async open(digest: Digest, options: { start?: number } = {}): Promise<Readable> {
    let fd: number;
    try {
      fd = openSync(this.#path(digest), "r");
    } catch (error) {
      throw this.#error(digest, error);
    }
    return createReadStream("", { fd, start: options.start ?? 0, highWaterMark: 1 << 20 });
  }

  async read(digest: Digest, limit = 4 << 20): Promise<Buffer> {
    const { size } = await this.info(digest);
    if (size > limit) {
      throw new OutOfRange(`blob ${digest} has ${size} bytes, more than the ${limit} that fit here`);
    }
    let bytes: Buffer;
    try {
      bytes = await readFile(this.#path(digest));
    } catch (error) {
      throw this.#error(digest, error);
    }
    const actual = digestOf(bytes);
    if (actual !== digest) {
      throw new DataLoss(
        `blob ${digest} is damaged on disk: its bytes now have the digest ${actual}; pull or load its image again`,
      );
    }
    return bytes;
  }

  async file(digest: Digest): Promise<string> {
    await this.info(digest);
    return this.#path(digest);
  }

  ingest(source: AsyncIterable<Uint8Array>, options: IngestOptions): Promise<ContentInfo> {
    return this.#queue.run(options.ref, async () => {
      const existing = options.expected === undefined ? undefined : this.#touch(options.expected.digest);
      if (existing !== undefined) {
        await discard(source);
        return existing;
      }
      return this.#write(source, options);
    });
  }

  ingestFile(
    options: Parameters<NonNullable<ContentStore["ingestFile"]>>[0],
    fill: (path: string) => Promise<Pick<ContentInfo, "digest" | "size">>,
  ): Promise<ContentInfo> {
    return this.#queue.run(
      options.ref,
      async () => this.#touch(options.expected.digest) ?? this.#adopt(options, (path) => fill(path)),
    );
  }

  async *list(): AsyncIterable<ContentInfo> {
    for (const name of readdirSync(this.#blobs)) {
      const digest = `sha256:${name}`;
      const info = isDigest(digest) ? this.#find(digest) : undefined;
      if (info !== undefined) {
        yield info;
      }
    }
  }

  async delete(digest: Digest): Promise<void> {
    try {
      unlinkSync(this.#path(digest));
    } catch (error) {
      if (errnoCode(error) !== "ENOENT") {
        throw this.#error(digest, error);
      }
    }
  }

  #write(source: AsyncIterable<Uint8Array>, options: IngestOptions): Promise<ContentInfo> {
    return this.#adopt(options, async (path) => {
      const file = await open(path, "wx", 0o600);
      const batch = new WriteBatch(file);
      try {
        const received = await receive(source, options, (chunk) => batch.add(chunk));
        await batch.flush();
        return received;
      } finally {
        await file.close();
      }
    });
  }

  /** Lets `fill` make a file, which then is the blob. */
  async #adopt(
    { ref, settled }: Pick<IngestOptions, "ref" | "settled">,
    fill: (path: string) => Promise<Pick<ContentInfo, "digest" | "size">>,
  ): Promise<ContentInfo> {
    const temporary = join(this.#ingest, randomUUID());
    try {
      const { digest, size } = await fill(temporary);
      if (settled !== false) await synced(temporary);
      // In the place of one that is here, too: that may be damaged by now, this is what its digest says.
      renameSync(temporary, this.#path(digest));
      return { digest, size, createdAt: Date.now() };
    } catch (error) {
      rmSync(temporary, { force: true });
      throw fileError(`writing blob ${ref}`, error);
    }
  }

  /** Makes an existing blob young again. */
  #touch(digest: Digest): ContentInfo | undefined {
    const info = this.#find(digest);
    if (info !== undefined) {
      const now = new Date();
      utimesSync(this.#path(digest), now, now);
      return { ...info, createdAt: now.getTime() };
    }
    return undefined;
  }

  #find(digest: Digest): ContentInfo | undefined {
    const stat = statSync(this.#path(digest), { throwIfNoEntry: false });
    return stat === undefined ? undefined : { digest, size: stat.size, createdAt: Math.floor(stat.mtimeMs) };
  }

  /** @throws InvalidArgument: digests come from outside, and become file names here */
  #path(digest: Digest): string {
    return join(this.#blobs, hexOf(parseDigest(digest)));
  }

  #error(digest: Digest, error: unknown): Error {
    return errnoCode(error) === "ENOENT"
      ? new NotFound(`No such blob: ${digest}`, { cause: error })
      : fileError(`blob ${digest}`, error);
  }
}

async function synced(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes pieces of a socket's size together: each write is a way to another thread and back. */
class WriteBatch {
  readonly #file: FileHandle;
  #pieces: Uint8Array[] = [];
  #size = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @param piece not changed by the caller until it is flushed */
  async add(piece: Uint8Array): Promise<void> {
    this.#pieces.push(piece);
    this.#size += piece.length;
    if (this.#size >= 1 << 20) await this.flush();
  }

  async flush(): Promise<void> {
    let pieces = this.#pieces;
    this.#pieces = [];
    this.#size = 0;
    while (pieces.length > 0) pieces = unwritten(pieces, (await this.#file.writev(pieces)).bytesWritten);
  }
}

function unwritten(pieces: readonly Uint8Array[], written: number): Uint8Array[] {
  let left = written;
  return pieces.flatMap((piece) => {
    const skipped = Math.min(left, piece.length);
    left -= skipped;
    return skipped === piece.length ? [] : [piece.subarray(skipped)];
  });
}
