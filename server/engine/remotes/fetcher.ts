import { setTimeout as sleep } from "node:timers/promises";
import type { ContentStore } from "../content/store.ts";
import { DataLoss, isEngineError, Unavailable } from "../errdefs/errors.ts";
import type { Descriptor } from "../oci/types.ts";
import type { HttpResponse } from "./http-client.ts";
import { checkCancelled, type Repository } from "./registry-client.ts";
import { failureOf } from "./registry-errors.ts";
import { defaultTransferLimits, type TransferLimits } from "./limits.ts";
import { SharedWork } from "./shared-work.ts";

/** Bytes that have come so far, or how many ms it waits before it tries again. */
type FetchProgress = { bytes: number } | { retryMs: number };

export interface FetchOptions {
  signal?: AbortSignal | undefined;
  onProgress?: (bytes: number) => void;
  /** The transfer broke: it is taken up again in so many ms. */
  onRetry?: (ms: number) => void;
}

/**
 * Brings blobs from registries into the content store. Shared by all tenants: a blob that two pull at the same time
 * is transferred once.
 */
export class Fetcher {
  readonly #content: ContentStore;
  readonly #downloads = new SharedWork<void, FetchProgress>();
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
   * @throws DataLoss (digest or size), NotFound, Unavailable, Cancelled
   */
  async fetch(
    repository: Repository,
    blob: Descriptor,
    { signal, onProgress, onRetry }: FetchOptions = {},
  ): Promise<void> {
    if (await this.has(blob)) {
      return;
    }
    const hear = (progress: FetchProgress) =>
      "bytes" in progress ? onProgress?.(progress.bytes) : onRetry?.(progress.retryMs);
    await this.#downloads.run(`download of ${blob.digest}`, { signal, onProgress: hear }, async (inner, report) => {
      const chunks = this.#chunks(repository, blob, { signal: inner, onRetry: (retryMs) => report({ retryMs }) });
      await this.#content.ingest(chunks, {
        ref: `blob-${blob.digest}`,
        expected: { digest: blob.digest, size: blob.size },
        signal: inner,
        onProgress: (bytes) => report({ bytes }),
      });
    });
  }

  async has(blob: Pick<Descriptor, "digest">): Promise<boolean> {
    try {
      await this.#content.info(blob.digest);
      return true;
    } catch (error) {
      if (isEngineError(error, "not_found")) {
        return false;
      }
      throw error;
    }
  }

  /** The blob's bytes, over as many requests as it takes (RFC 9110 14.2, Range). */
  async *#chunks(
    repository: Repository,
    blob: Descriptor,
    { signal, onRetry }: { signal: AbortSignal; onRetry: (ms: number) => void },
  ): AsyncGenerator<Uint8Array> {
    let received = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await repository.request({
          method: "GET",
          path: `blobs/${blob.digest}`,
          headers: received > 0 ? { range: `bytes=${received}-` } : {},
          expect: received > 0 ? [200, 206] : [200],
          signal,
        });
        for await (const chunk of skipped(response, received)) {
          received += chunk.length;
          if (received > blob.size) {
            response.body.destroy();
            throw new DataLoss(`blob ${blob.digest} is longer than the ${blob.size} bytes that its manifest tells`);
          }
          yield chunk;
        }
        if (received < blob.size) {
          throw new Unavailable(`${repository.host} sent ${received} of ${blob.size} bytes of blob ${blob.digest}`);
        }
        return;
      } catch (error) {
        checkCancelled(signal, `download of ${blob.digest}`);
        if (attempt >= this.#limits.attempts || !isTransient(error)) {
          throw error;
        }
        const delay = this.#retryDelayMs * 2 ** (attempt - 1);
        onRetry(delay);
        await sleep(delay, undefined, { signal });
      }
    }
  }
}

/** The body from byte `received` on: a server that does not know ranges sends all of it again. */
async function* skipped(response: HttpResponse, received: number): AsyncGenerator<Buffer> {
  let skip = response.status === 206 ? 0 : received;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    if (skip >= chunk.length) {
      skip -= chunk.length;
      continue;
    }
    yield chunk.subarray(skip);
    skip = 0;
  }
}

/** Broken connections and overloaded servers; not what a registry refuses. */
function isTransient(error: unknown): boolean {
  const failure = failureOf(error);
  if (failure !== undefined) {
    return failure.status >= 500;
  }
  // A connection that breaks in the middle of a body is a plain Error of node's.
  return isEngineError(error, "unavailable") || !isEngineError(error);
}
