import { JobThread } from "../concurrency/job-thread.ts";
import { errorOfCode } from "../errdefs/errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/types.ts";
import type { Perseverance } from "./blob-chunks.ts";
import type { RepositoryAccess } from "./registry-client.ts";
import { type RegistryFailure, withFailure } from "./registry-errors.ts";

/** Bytes that have come so far, or how many ms it waits before it tries again. */
export type FetchProgress = { bytes: number } | { retryMs: number };

export interface FetchJob extends Perseverance {
  access: RepositoryAccess;
  blob: Pick<Descriptor, "digest" | "size">;
  /** of the file that is made */
  path: string;
}

/**
 * Downloads blobs beside the main thread. Hundreds of megabytes pass in pieces of a socket's size, and collecting that
 * garbage costs little where nothing else is kept, but much beside all that the engine has in memory.
 */
export class FetchThread {
  readonly #thread = new JobThread<FetchJob, { digest: Digest; size: number }, FetchProgress>(
    new URL("fetch-thread-main.ts", import.meta.url),
    (code, message, detail) => withFailure(errorOfCode(code, message), detail as RegistryFailure | undefined),
  );

  /** Writes the blob to `path`. @throws as `Fetcher.fetch`; Unauthenticated where the job's authorization has expired */
  fetch(
    job: FetchJob,
    options: { signal: AbortSignal; onProgress: (progress: FetchProgress) => void },
  ): Promise<{ digest: Digest; size: number }> {
    return this.#thread.run(job, options);
  }
}
