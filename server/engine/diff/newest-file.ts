import type { Readable } from "node:stream";
import type { TarHeader } from "./tar/tar-header.ts";
import { readArchive } from "./unpack.ts";

/**
 * When the newest file of a (maybe compressed) archive is from, seconds since 1970; undefined for one without files.
 * @throws InvalidArgument (no valid archive), Cancelled
 */
export async function newestFile(source: Readable, signal: AbortSignal): Promise<number | undefined> {
  const newest = new NewestFile();
  await readArchive(source, { entry: (header) => newest.entry(header), data: () => {}, end: () => {} }, { signal });
  return newest.time;
}

/** Told of each entry, knows the time of the newest file. */
export class NewestFile {
  time: number | undefined;

  entry({ type, mtimeNs }: TarHeader): void {
    if (type === "file") {
      this.time = Math.max(this.time ?? 0, Number(mtimeNs / 1_000_000_000n));
    }
  }
}
