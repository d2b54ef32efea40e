import { setTimeout as sleep } from "node:timers/promises";
import { DataLoss, isEngineError, Unavailable } from "../errdefs/errors.ts";
import type { Descriptor } from "../oci/types.ts";
import type { HttpResponse } from "./http-client.ts";
import { checkCancelled, type Repository } from "./registry-client.ts";
import { failureOf } from "./registry-errors.ts";

export interface Perseverance {
  /** of one blob */
  attempts: number;
  /** before the second attempt; doubles with each */
  retryDelayMs: number;
}

/** The blob's bytes, over as many requests as it takes (RFC 9110 14.2, Range). */
export async function* blobChunks(
  repository: Repository,
  blob: Pick<Descriptor, "digest" | "size">,
  { attempts, retryDelayMs, signal, onRetry }: Perseverance & { signal: AbortSignal; onRetry: (ms: number) => void },
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
      if (attempt >= attempts || !isTransient(error)) {
        throw error;
      }
      const delay = retryDelayMs * 2 ** (attempt - 1);
      onRetry(delay);
      await sleep(delay, undefined, { signal });
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
