import { Readable } from "node:stream";
import type { TarHeader } from "#engine/diff/tar/tar-header.ts";
import { encodeHeader, endOfArchive, padding } from "#engine/diff/tar/tar-writer.ts";

/** An entry for `archive`: what is left out has a plain value. */
export type ArchiveEntry = Partial<TarHeader> & { name: string; content?: string | Buffer };

/** A tar archive of `entries`, however hostile. */
export function archive(...entries: ArchiveEntry[]): Buffer {
  const parts: Buffer[] = [];
  for (const { content = "", ...fields } of entries) {
    const bytes = Buffer.from(content as string);
    const header: TarHeader = {
      type: "file",
      mode: fields.type === "directory" ? 0o755 : 0o644,
      uid: 0,
      gid: 0,
      mtimeNs: 1_700_000_000_000_000_000n,
      linkName: "",
      deviceMajor: 0,
      deviceMinor: 0,
      xattrs: new Map(),
      size: bytes.length,
      ...fields,
    };
    parts.push(encodeHeader(header), bytes, padding(bytes.length));
  }
  return Buffer.concat([...parts, endOfArchive]);
}

export function archiveStream(...entries: ArchiveEntry[]): Readable {
  return Readable.from([archive(...entries)], { objectMode: false });
}
