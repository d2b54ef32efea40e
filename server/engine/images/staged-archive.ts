import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { posix } from "node:path";
import type { Readable } from "node:stream";
import type { TarHeader } from "../diff/tar/tar-header.ts";
import type { TarSink } from "../diff/tar/tar-reader.ts";
import { readArchive } from "../diff/unpack.ts";
import { InvalidArgument, OutOfRange } from "../errdefs/errors.ts";
import { tooManyBytes } from "../errdefs/too-many-bytes.ts";
import { fileError } from "../mount/errno.ts";
import type { ArchiveFiles } from "./archive-layout.ts";

const maxEntries = 20_000;
const maxLinks = 8;

/**
 * The files of an image archive, put aside under numbers: no name of the archive ever becomes a path on disk. The
 * order of files in an archive is arbitrary, so that nothing can be used before all is there.
 */
export class StagedArchive implements ArchiveFiles, TarSink {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #files = new Map<string, { path: string; size: number }>();
  readonly #links = new Map<string, string>();
  #open: { fd: number } | undefined;
  #entries = 0;
  #bytes = 0;

  private constructor(parent: string, maxBytes: number) {
    this.#directory = mkdtempSync(join(parent, "load-"));
    this.#maxBytes = maxBytes;
  }

  /**
   * Reads a tar (plain or compressed). Call `dispose` afterwards.
   * @param maxBytes of all files together
   * @throws InvalidArgument (no valid archive), OutOfRange (too much), ResourceExhausted (disk full), Cancelled
   */
  static async read(
    tar: Readable,
    options: { directory: string; maxBytes: number; signal?: AbortSignal },
  ): Promise<StagedArchive> {
    const archive = new StagedArchive(options.directory, options.maxBytes);
    try {
      await readArchive(tar, archive, options.signal === undefined ? {} : { signal: options.signal });
      return archive;
    } catch (error) {
      archive.dispose();
      throw error;
    }
  }

  dispose(): void {
    this.end();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  read(name: string, limit: number): Buffer {
    const file = this.#get(name);
    if (file.size > limit) {
      throw new InvalidArgument(`invalid archive: ${name} is too large: ${file.size} bytes, at most ${limit} are read`);
    }
    return readFileSync(file.path);
  }

  /** Bytes of a file as it is in the archive. @throws InvalidArgument: not there */
  sizeOf(name: string): number {
    return this.#get(name).size;
  }

  /** The caller destroys the stream. @throws InvalidArgument: not there */
  open(name: string): Readable {
    return createReadStream(this.#get(name).path, { highWaterMark: 1 << 20 });
  }

  entry(header: TarHeader): void {
    if (++this.#entries > maxEntries) {
      throw new OutOfRange(`invalid archive: more than ${maxEntries} entries`);
    }
    const name = clean(header.name);
    if (header.type === "symlink") {
      this.#links.set(name, clean(posix.join(posix.dirname(name), header.linkName)));
    } else if (header.type === "link") {
      this.#links.set(name, clean(header.linkName));
    } else if (header.type === "file") {
      const path = join(this.#directory, String(this.#entries));
      try {
        this.#open = { fd: openSync(path, "wx", 0o600) };
      } catch (error) {
        throw fileError("putting an archive aside", error);
      }
      this.#files.set(name, { path, size: header.size });
    }
  }

  data(piece: Buffer, offset: number): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxBytes) {
      throw tooManyBytes(`the archive has more than ${this.#maxBytes} bytes of content`);
    }
    try {
      for (let written = 0; written < piece.length;) {
        written += writeSync(this.#open?.fd ?? -1, piece, written, piece.length - written, offset + written);
      }
    } catch (error) {
      throw fileError("putting an archive aside", error);
    }
  }

  end(): void {
    if (this.#open !== undefined) {
      closeSync(this.#open.fd);
      this.#open = undefined;
    }
  }

  #get(name: string): { path: string; size: number } {
    const file = this.#find(name);
    if (file === undefined) {
      throw new InvalidArgument(`invalid archive: ${name} is named but not there`);
    }
    return file;
  }

  /** Old archives link equal layers to each other. */
  #find(name: string): { path: string; size: number } | undefined {
    let at = clean(name);
    for (let links = 0; links < maxLinks; links++) {
      const file = this.#files.get(at);
      const next = this.#links.get(at);
      if (file !== undefined || next === undefined) {
        return file;
      }
      at = next;
    }
    return undefined;
  }
}

/** One spelling per name; these are only ever keys. */
function clean(name: string): string {
  return posix.normalize(`/${name}`).slice(1);
}
