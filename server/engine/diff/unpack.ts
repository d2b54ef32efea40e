import type { Readable } from "node:stream";
import { timeOfRequest } from "../concurrency/thread-time.ts";
import { Cancelled, isEngineError, messageOf } from "../errdefs/errors.ts";
import { fileError } from "../mount/errno.ts";
import { decompress } from "./compression.ts";
import { decompressFile } from "./decompress-file.ts";
import { TarReader, type TarSink, type TarTap } from "./tar/tar-reader.ts";
import { TreeWriter, type TreeWriterOptions } from "./tree-writer.ts";

export interface ReadArchiveOptions {
  signal?: AbortSignal;
  tap?: TarTap;
  /** every piece of the uncompressed archive, as it passes */
  onBytes?: (piece: Buffer) => void;
}

/** Small enough that one holds few entries: between two of them others get their turn. */
const slice = 64 * 1024;

/**
 * Reads the (maybe compressed) archive `source`, or that at the path `source`, into `sink`, to its very end. Destroys `source`
 * on failure.
 * @throws InvalidArgument (no valid archive), Cancelled, what `sink` throws
 */
export async function readArchive(
  source: Readable | string,
  sink: TarSink,
  options: ReadArchiveOptions = {},
): Promise<void> {
  const { signal } = options;
  const reader = new TarReader(sink, options.tap);
  const time = timeOfRequest();
  const destroy = (error?: Error) => (typeof source === "string" ? undefined : source.destroy(error));
  const onAbort = () => destroy(cancelled(signal));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal?.aborted === true) {
      throw cancelled(signal);
    }
    const pieces = typeof source === "string" ? decompressFile(source, signal) : (await decompress(source)).stream;
    for await (const chunk of pieces as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += slice) {
        const piece = chunk.subarray(at, at + slice);
        await time.spend(() => {
          options.onBytes?.(piece);
          reader.write(piece);
        });
      }
    }
    reader.finish();
  } catch (error) {
    destroy();
    if (signal?.aborted === true) {
      throw cancelled(signal);
    }
    throw isEngineError(error) ? error : fileError("reading the archive", error);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/**
 * Unpacks the (maybe compressed) archive `source` into the existing directory `root`, as `TreeWriter` says. What was
 * unpacked before a failure stays.
 */
export async function unpackTar(
  source: Readable,
  root: string,
  options: TreeWriterOptions & { signal?: AbortSignal; onBytes?: (piece: Buffer) => void } = {},
): Promise<void> {
  let writer: TreeWriter;
  try {
    writer = new TreeWriter(root, options);
  } catch (error) {
    source.destroy();
    throw error;
  }
  try {
    await readArchive(source, writer, options);
    writer.finish();
  } finally {
    writer.close();
  }
}

function cancelled(signal: AbortSignal | undefined): Cancelled {
  return new Cancelled(`unpacking was stopped: ${messageOf(signal?.reason)}`, { cause: signal?.reason });
}
