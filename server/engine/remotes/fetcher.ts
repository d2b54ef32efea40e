import { createHash } from "node:crypto";
import type { ContentStore } from "../content/store.ts";
import { DataLoss, isEngineError } from "../errdefs/errors.ts";
import { type Descriptor, mediaTypes } from "../oci/types.ts";
import { blobChunks } from "./blob-chunks.ts";
import { type FetchProgress, FetchThread } from "./fetch-thread.ts";
import { defaultTransferLimits, type TransferLimits } from "./limits.ts";
import type { Repository } from "./registry-client.ts";
import { failureOf } from "./registry-errors.ts";
import { SharedWork } from "./shared-work.ts";

/** Blobs of at least so many bytes are downloaded in a thread beside this one; of smaller ones the way there costs more. */
const threadWorth = 1 << 20;

export interface FetchOptions {
  signal?: AbortSignal | undefined;
  onProgress?: (bytes: number) => void;
  /** The transfer broke: it is taken up again in so many ms. */
  onRetry?: (ms: number) => void;
}

/**
 * Brings blobs from registries into the content store. Shared by all tenants: a blob that two pull from one repository at
 * the same time is transferred once.
 */
export class Fetcher {
  readonly #content: ContentStore;
  readonly #downloads = new SharedWork<boolean, FetchProgress>();
  readonly #thread = new FetchThread();
  readonly #retryDelayMs: number;

  readonly #limits: TransferLimits;

  /** @param retryDelayMs before the second attempt; doubles with each */
  constructor(content: ContentStore, retryDelayMs = 500, limits: TransferLimits = defaultTransferLimits) {
    this.#limits = limits;
    this.#content = content;
    this.#retryDelayMs = retryDelayMs;
  }

  /**
   * Afterwards the content store has the blob; nothing is transferred if it has it already. A transfer that breaks
   * is taken up again where it was.
   * @returns whether this repository has sent it, all of it
   * @throws DataLoss (digest or size), NotFound, Unavailable, Cancelled
   */
  async fetch(
    repository: Repository,
    blob: Descriptor,
    { signal, onProgress, onRetry }: FetchOptions = {},
  ): Promise<boolean> {
    if (await this.has(blob)) {
      return false;
    }
    const hear = (progress: FetchProgress) =>
      "bytes" in progress ? onProgress?.(progress.bytes) : onRetry?.(progress.retryMs);
    const key = `download of ${blob.digest} from ${repository.source}`;
    try {
      return await this.#downloads.run(key, { signal, onProgress: hear }, (inner, report) =>
        this.#download(repository, blob, { signal: inner, report }),
      );
    } catch (error) {
      throw isEngineError(error, "data_loss") ? notVerified(blob, error) : error;
    }
  }

  /**
   * `fetch`, and what is here already has to be sent all the same: afterwards the repository has shown that it has the blob.
   * @throws as `fetch`
   */
  async obtain(repository: Repository, blob: Descriptor, options: FetchOptions = {}): Promise<void> {
    if (!(await this.fetch(repository, blob, options))) await this.prove(repository, blob, options);
  }

  /**
   * Has the registry send the blob and looks whether it is what its digest says, without keeping it: who can name a digest
   * need not have what it stands for. @throws as `fetch`
   */
  async prove(
    repository: Repository,
    blob: Descriptor,
    { signal = new AbortController().signal, onProgress, onRetry = () => undefined }: FetchOptions = {},
  ): Promise<void> {
    const how = { attempts: this.#limits.attempts, retryDelayMs: this.#retryDelayMs, signal, onRetry };
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of blobChunks(repository, blob, how)) {
      hash.update(chunk);
      onProgress?.((bytes += chunk.length));
    }
    if (`sha256:${hash.digest("hex")}` !== blob.digest) {
      throw notVerified(blob);
    }
  }

  /** One that is not as long as it is told to be has lost its end with the machine's power: it goes. */
  async has(blob: Pick<Descriptor, "digest"> & Partial<Pick<Descriptor, "size">>): Promise<boolean> {
    try {
      const { size } = await this.#content.info(blob.digest);
      if (size === (blob.size ?? size)) return true;
      await this.#content.delete(blob.digest);
      return false;
    } catch (error) {
      if (isEngineError(error, "not_found")) {
        return false;
      }
      throw error;
    }
  }

  async #download(
    repository: Repository,
    blob: Descriptor,
    { signal, report }: { signal: AbortSignal; report: (progress: FetchProgress) => void },
  ): Promise<boolean> {
    // Somebody else may have brought it, from elsewhere, before the transfer begins.
    let sent = false;
    const how = { attempts: this.#limits.attempts, retryDelayMs: this.#retryDelayMs };
    const expected = { digest: blob.digest, size: blob.size };
    // Pulled again if it is lost: it is not waited for the disk.
    const options = { ref: `blob-${blob.digest}`, expected, signal, settled: false };
    if (this.#content.ingestFile !== undefined && blob.size >= threadWorth) {
      const access = await repository.access(signal);
      const job = { access, blob: expected, ...how };
      try {
        await this.#content.ingestFile(options, async (path) => {
          const received = await this.#thread.fetch({ ...job, path }, { signal, onProgress: report });
          sent = true;
          return received;
        });
        return sent;
      } catch (error) {
        // A token that has expired, or none that was asked for yet: this thread gets another.
        if (failureOf(error)?.status !== 401) throw error;
      }
    }
    const onRetry = (retryMs: number) => report({ retryMs });
    const received = async function* () {
      yield* blobChunks(repository, blob, { ...how, signal, onRetry });
      sent = true;
    };
    await this.#content.ingest(received(), { ...options, onProgress: (bytes) => report({ bytes }) });
    return sent;
  }
}

/** What came is not what its digest says, in dockerd's words. */
function notVerified({ digest, mediaType }: Descriptor, cause?: unknown): DataLoss {
  const isConfig = mediaType === mediaTypes.dockerConfig || mediaType === mediaTypes.ociConfig;
  const what = isConfig ? "image config" : "filesystem layer";
  return new DataLoss(`${what} verification failed for digest ${digest}`, { cause });
}
