import { closeSync, openSync, writeSync } from "node:fs";
import { serveJobs, throttled } from "../concurrency/serve-jobs.ts";
import { receive } from "../content/ingest.ts";
import { fileError } from "../mount/errno.ts";
import type { Digest } from "../oci/digest.ts";
import { blobChunks } from "./blob-chunks.ts";
import type { FetchJob, FetchProgress } from "./fetch-thread.ts";
import { HttpClient } from "./http-client.ts";
import { authorizedRepository } from "./registry-client.ts";
import { failureOf } from "./registry-errors.ts";

/** ms between two messages of how far it is */
const progressInterval = 50;

const clients = new Map<number, HttpClient>();

function clientWith(idleTimeoutMs: number): HttpClient {
  const client = clients.get(idleTimeoutMs) ?? new HttpClient({ idleTimeoutMs });
  clients.set(idleTimeoutMs, client);
  return client;
}

serveJobs<FetchJob, { digest: Digest; size: number }, FetchProgress>(async (job, { signal, report }) => {
  const { access, blob, path, ...perseverance } = job;
  const repository = authorizedRepository(clientWith(access.idleTimeoutMs), access);
  const onRetry = (retryMs: number) => report({ retryMs });
  const file = openSync(path, "wx", 0o600);
  try {
    const ref = `blob-${blob.digest}`;
    const onProgress = throttled<number>(progressInterval, (bytes) => report({ bytes }));
    // Aborted, the chunks end by themselves.
    const chunks = blobChunks(repository, blob, { ...perseverance, signal, onRetry });
    return await receive(chunks, { ref, expected: blob, onProgress }, (chunk) => write(file, chunk));
  } catch (error) {
    throw fileError(`writing blob blob-${blob.digest}`, error);
  } finally {
    closeSync(file);
  }
}, failureOf);

async function write(file: number, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) {
    at += writeSync(file, chunk, at);
  }
  // Given back at once where it is nobody else's, too: collecting thousands of them costs more than all the rest.
  if (chunk.byteLength === chunk.buffer.byteLength && chunk.buffer instanceof ArrayBuffer) chunk.buffer.transfer(0);
}
