import { Readable } from "node:stream";
import type { ImageConfig } from "../oci/types.ts";
import type { Digest } from "../oci/digest.ts";
import type { Image } from "./image-store.ts";

/** One image of an archive that was loaded. */
export interface LoadedImage {
  image: Image;
  /** familiar names that the archive gives it */
  tags: string[];
  /** names that another image had until now */
  replaced: { name: string; id: Digest }[];
  /** what the archive says it was made from */
  parent: Digest | undefined;
}

export interface LoadOptions {
  signal?: AbortSignal;
  /** Whether an image is to be loaded at all; without it all are. */
  wanted?: (config: ImageConfig) => boolean;
  /** A layer that is not here yet is being read: its short id, bytes of `total`. */
  onLayer?: (id: string, current: number, total: number) => void;
  /** An image is there, with its names. */
  onImage?: (loaded: LoadedImage) => void;
}

/** Bytes between two reports at most (moby, pkg/progress/progressreader.go); for less than 50 MB 1% of it. */
const reportEvery = 512 * 1024;

/** The same bytes; `onCount` hears now and then how many have passed, and at the end. */
export function counted(source: Readable, total: number, onCount: (current: number) => void): Readable {
  const every = Math.min(reportEvery, Math.floor(total / 100));
  return Readable.from(
    (async function* () {
      let current = 0;
      let last = 0;
      for await (const chunk of source as AsyncIterable<Buffer>) {
        current += chunk.length;
        if (current - last > every) {
          last = current;
          onCount(current);
        }
        yield chunk;
      }
      onCount(current);
    })(),
    { objectMode: false, highWaterMark: 1 << 20 },
  );
}
