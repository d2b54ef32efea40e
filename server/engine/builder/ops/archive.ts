import { closeSync, createReadStream, readSync } from "node:fs";
import type { SafeRoot } from "../../mount/safe-path.ts";
import type { Entry } from "./entries.ts";
import { openEntry } from "./file-digests.ts";
import { NotImplemented } from "../../errdefs/errors.ts";

const magics = [
  Buffer.from([0x1f, 0x8b]),
  Buffer.from("BZh"),
  Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
];

/** Whether ADD extracts a file: a tar, plain or compressed with gzip, bzip2, xz or zstd, by its first bytes. */
export function isArchive(root: SafeRoot, entry: Entry): boolean {
  if (entry.stat.kind !== "file") {
    return false;
  }
  const fd = openEntry(root, entry, false);
  try {
    const head = Buffer.alloc(512);
    const length = readSync(fd, head);
    return (
      magics.some((magic) => head.subarray(0, magic.length).equals(magic)) || isTarHeader(head.subarray(0, length))
    );
  } finally {
    closeSync(fd);
  }
}

/** A header block's checksum: the sum of its bytes with the checksum field as spaces (pax, ustar Interchange Format). */
export function isTarHeader(block: Buffer): boolean {
  if (block.length < 512) {
    return false;
  }
  const stored = Number.parseInt(block.toString("latin1", 148, 156).replace(/[\0 ]+$/, ""), 8);
  let sum = 0;
  for (const [index, byte] of block.entries()) {
    sum += index >= 148 && index < 156 ? 0x20 : byte;
  }
  return sum === stored && block.some((byte) => byte !== 0);
}

/** Unpacks an archive beneath `options.directory` of `target`; owners and modes are the archive's. */
export async function extractArchive(
  root: SafeRoot,
  entry: Entry,
  target: SafeRoot,
  options: { directory: string; signal: AbortSignal },
): Promise<void> {
  const stream = createReadStream("", { fd: openEntry(root, entry, false) });
  stream.destroy();
  throw new NotImplemented(`extracting ${entry.source} into ${target.dir}${options.directory} is not there yet`);
}
