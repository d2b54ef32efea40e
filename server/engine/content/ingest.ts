import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { Cancelled, DataLoss, messageOf } from "../errdefs/errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { ContentInfo, IngestOptions } from "./store.ts";

/** Runs ingests of the same ref one after the other; different refs go on side by side. */
export class IngestQueue {
  readonly #running = new Map<string, Promise<unknown>>();

  async run(ref: string, body: () => Promise<ContentInfo>): Promise<ContentInfo> {
    const before = this.#running.get(ref);
    // The first may fail; the second then does its own work.
    const result = before === undefined ? body() : before.then(body, body);
    this.#running.set(ref, result);
    try {
      return await result;
    } finally {
      if (this.#running.get(ref) === result) {
        this.#running.delete(ref);
      }
    }
  }
}

/**
 * Passes each chunk of `source` to `write` and hashes it. Ends `source` early on failure.
 * @throws DataLoss (not what was expected), Cancelled (signal), whatever `source` or `write` throws
 */
export async function receive(
  source: AsyncIterable<Uint8Array>,
  options: IngestOptions,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<{ digest: Digest; size: number }> {
  const { expected, signal } = options;
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of untilAborted(source, signal, options.ref)) {
    size += chunk.length;
    if (expected?.size !== undefined && size > expected.size) {
      throw new DataLoss(`${options.ref}: more than the expected ${expected.size} bytes came`);
    }
    hash.update(chunk);
    await write(chunk);
    options.onProgress?.(size);
  }
  const digest = `sha256:${hash.digest("hex")}` as Digest;
  if (expected?.size !== undefined && size !== expected.size) {
    throw new DataLoss(`${options.ref}: ${size} bytes came instead of ${expected.size}`);
  }
  if (expected !== undefined && digest !== expected.digest) {
    throw new DataLoss(`${options.ref}: the bytes that came have the digest ${digest}, not ${expected.digest}`);
  }
  return { digest, size };
}

/** Ends the use of a source that is not needed. */
export async function discard(source: AsyncIterable<Uint8Array>): Promise<void> {
  if (source instanceof Readable) {
    // A stream's iterator that was never asked for anything would not end it.
    source.destroy();
    return;
  }
  await source[Symbol.asyncIterator]().return?.();
}

/** `source`, cut short with Cancelled when `signal` aborts, even while a chunk is awaited. */
async function* untilAborted(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  ref: string,
): AsyncGenerator<Uint8Array> {
  if (signal === undefined) {
    yield* source;
    return;
  }
  const cancelled = () => new Cancelled(`${ref}: ${messageOf(signal.reason)}`, { cause: signal.reason });
  const iterator = source[Symbol.asyncIterator]();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => {});
  const onAbort = () => reject(cancelled());
  signal.addEventListener("abort", onAbort);
  try {
    if (signal.aborted) {
      throw cancelled();
    }
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done === true) {
        return;
      }
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Not awaited: a generator that waits for its own next chunk would answer only after it.
    void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
