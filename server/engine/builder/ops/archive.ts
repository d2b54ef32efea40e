import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { decompress } from "../../diff/compression.ts";
import { unpackTar } from "../../diff/unpack.ts";
import { checksumOf } from "../../diff/tar/tar-header.ts";
import type { SafeRoot } from "../../mount/safe-path.ts";
import type { Entry } from "./entries.ts";
import type { FileOwner } from "./file-owner.ts";
import { openEntry } from "./file-digests.ts";

/** What one archive may unpack to. */
const limits = { bytes: 32 * 1024 ** 3, entries: 2_000_000 };

function open(root: SafeRoot, entry: Entry): Readable {
  return createReadStream("", { fd: openEntry(root, entry, false), highWaterMark: 1 << 20 });
}

/** Whether ADD extracts a file: a tar, plain or compressed. What only looks compressed is copied as it is. */
export async function isArchive(root: SafeRoot, entry: Entry): Promise<boolean> {
  if (entry.stat.kind !== "file" || entry.stat.size === 0) {
    return false;
  }
  const source = open(root, entry);
  try {
    const { stream } = await decompress(source);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= 512) {
        break;
      }
    }
    return isTarHeader(Buffer.concat(chunks).subarray(0, 512));
  } catch {
    // bytes that cannot be decompressed are no archive, but a file like any other
    return false;
  } finally {
    source.destroy();
  }
}

/** A header block's checksum is right (pax, ustar Interchange Format). */
export function isTarHeader(block: Buffer): boolean {
  if (block.length < 512 || block.every((byte) => byte === 0)) {
    return false;
  }
  const stored = Number.parseInt(block.toString("latin1", 148, 156).replace(/[\0 ]+$/, ""), 8);
  return stored === checksumOf(block);
}

/**
 * Unpacks an archive beneath `options.directory` of `target`, which stays as it is; modes are the archive's.
 * @param options.owner of all that it holds (BuildKit's `--chown`, since version 1.17 of its frontend); undefined: its own
 */
export async function extractArchive(
  root: SafeRoot,
  entry: Entry,
  target: SafeRoot,
  options: { directory: string; owner: FileOwner | undefined; signal: AbortSignal },
): Promise<void> {
  // First what may fail: nobody would close the archive.
  const directory = target.hostPath(options.directory);
  await unpackTar(open(root, entry), directory, {
    limits,
    keepRoot: true,
    ...(options.owner === undefined ? {} : { owner: options.owner }),
    signal: options.signal,
  });
}
