import { Readable } from "node:stream";
import { NotFound, OutOfRange } from "../errdefs/errors.ts";
import type { Digest } from "../oci/digest.ts";
import { discard, IngestQueue, receive } from "./ingest.ts";
import type { ContentInfo, ContentStore, IngestOptions } from "./store.ts";

/** The content store in memory: for tests, and wherever nothing need outlive the process. */
export class MemoryContentStore implements ContentStore {
  readonly #blobs = new Map<Digest, { bytes: Buffer; createdAt: number }>();
  readonly #queue = new IngestQueue();

  async info(digest: Digest): Promise<ContentInfo> {
    const { bytes, createdAt } = this.#get(digest);
    return { digest, size: bytes.length, createdAt };
  }

  async open(digest: Digest, options: { start?: number } = {}): Promise<Readable> {
    const { bytes } = this.#get(digest);
    const rest = bytes.subarray(options.start ?? 0);
    return Readable.from(rest.length === 0 ? [] : [rest], { objectMode: false });
  }

  async read(digest: Digest, limit = 4 << 20): Promise<Buffer> {
    const { bytes } = this.#get(digest);
    if (bytes.length > limit) {
      throw new OutOfRange(`blob ${digest} has ${bytes.length} bytes, more than the ${limit} that fit here`);
    }
    return Buffer.from(bytes);
  }

  async file(digest: Digest): Promise<undefined> {
    await this.info(digest);
  }

  ingest(source: AsyncIterable<Uint8Array>, options: IngestOptions): Promise<ContentInfo> {
    return this.#queue.run(options.ref, async () => {
      const known = options.expected?.digest;
      if (known !== undefined && this.#touch(known)) {
        await discard(source);
        return this.info(known);
      }
      const chunks: Buffer[] = [];
      const { digest } = await receive(source, options, async (chunk) => void chunks.push(Buffer.from(chunk)));
      if (!this.#touch(digest)) {
        this.#blobs.set(digest, { bytes: Buffer.concat(chunks), createdAt: Date.now() });
      }
      return this.info(digest);
    });
  }

  async *list(): AsyncIterable<ContentInfo> {
    for (const [digest, { bytes, createdAt }] of this.#blobs) {
      yield { digest, size: bytes.length, createdAt };
    }
  }

  async delete(digest: Digest): Promise<void> {
    this.#blobs.delete(digest);
  }

  #touch(digest: Digest): boolean {
    const blob = this.#blobs.get(digest);
    if (blob !== undefined) {
      blob.createdAt = Date.now();
    }
    return blob !== undefined;
  }

  #get(digest: Digest): { bytes: Buffer; createdAt: number } {
    const blob = this.#blobs.get(digest);
    if (blob === undefined) {
      throw new NotFound(`No such blob: ${digest}`);
    }
    return blob;
  }
}
