import { mkdir, mkdtemp, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { ContextSource } from "../builder/context-source.ts";
import { NewestFile } from "../diff/newest-file.ts";
import type { TarSink } from "../diff/tar/tar-reader.ts";
import { readArchive } from "../diff/unpack.ts";
import { TreeWriter, type TreeWriterOptions } from "../diff/tree-writer.ts";
import type { SafeStat } from "../mount/safe-stat.ts";
import { spreadDirectories } from "../mount/spread.ts";
import { Trash } from "../snapshots/trash.ts";
import { deleteTree } from "../volumes/volume-files.ts";
import { Held } from "./held.ts";
import { RecyclingWriter } from "./recycling-writer.ts";

/** What one build's context may unpack to at most, whatever the tenant's own limit is. */
const maxBytes = 16 * 1024 ** 3;
const maxFiles = 1_000_000;
/** A context up to this is kept after its build, for the next one of the tenant. Bytes of the archive. */
const keptBytes = 512 * 1024 ** 2;
/** How long, ms. */
const keptFor = 15 * 60_000;

export interface UploadOptions {
  /** whose context it is: nobody else's files are looked at */
  tenant: string;
  /** the tenant's own limit */
  limitBytes: number | undefined;
  signal: AbortSignal;
}

export interface UploadedContext extends ContextSource {
  /** when the newest file of the archive is from, seconds since 1970: where it is from says whether that is a time of it */
  newest?: number | undefined;
}

/** Hears of the files in contexts, which nobody else changes: what they hold need not be read again. */
export interface ContextFiles {
  /** one was written; sha256 of all of it, hexadecimal, undefined where it has not been taken */
  learned(stat: SafeStat, sha256: string | undefined): void;
  /** a file is the same as before under new times */
  moved(before: SafeStat, after: SafeStat): void;
}

interface Spare {
  root: string;
  timer: NodeJS.Timeout;
}

/**
 * Build contexts that clients send as tars, each unpacked into a directory of its own beneath one that only root enters.
 * What the tenant's last one held is kept for a while: of the next, only what has changed is written.
 */
export class UploadedContexts {
  readonly #directory: string;
  readonly #files: ContextFiles | undefined;
  readonly #spares = new Map<string, Spare>();
  /** node's own rm() goes by whole paths: it fails at names that are longer together than a path may be */
  readonly #trash: Trash;

  constructor(directory: string, files?: ContextFiles) {
    this.#directory = directory;
    this.#files = files;
    this.#trash = new Trash(`${directory}-removed`, (error) => process.emitWarning(error));
  }

  /** Removes what a crash left. Call once at start. */
  async recover(): Promise<void> {
    await deleteTree(this.#directory);
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    spreadDirectories(this.#directory);
  }

  /** @throws InvalidArgument (no tar, hostile entries), OutOfRange (limits), Cancelled, ResourceExhausted (disk) */
  async unpack(tar: Readable, { tenant, limitBytes, signal }: UploadOptions): Promise<UploadedContext> {
    const root = await mkdtemp(join(this.#directory, "context-"));
    const previous = this.#takeSpare(tenant);
    let bytes = 0;
    const newest = new NewestFile();
    try {
      const options = {
        devices: "refuse",
        limits: { bytes: Math.min(maxBytes, limitBytes ?? maxBytes), entries: maxFiles },
        onWritten: (stat: SafeStat, sha256?: string) => this.#files?.learned(stat, sha256),
      } as const;
      const writer = this.#writer(tar, root, options, previous);
      try {
        await readArchive(tar, rooted(writer, newest), { signal, onBytes: (piece) => (bytes += piece.length) });
        writer.finish();
      } finally {
        writer.close();
      }
    } catch (error) {
      this.#trash.discard(root);
      throw error;
    } finally {
      if (previous !== undefined) {
        this.#trash.discard(previous);
      }
    }
    const held = new Held(async () => (bytes <= keptBytes ? this.#keep(tenant, root) : this.#trash.discard(root)));
    return { root, hostBase: 0, newest: newest.time, dispose: () => held.dispose(), hold: () => held.hold() };
  }

  #writer(tar: Readable, root: string, options: TreeWriterOptions, previous: string | undefined): TreeWriter {
    try {
      return previous === undefined
        ? new TreeWriter(root, options)
        : new RecyclingWriter(root, { ...options, previous, onMoved: (...stats) => this.#files?.moved(...stats) });
    } catch (error) {
      tar.destroy();
      throw error;
    }
  }

  #takeSpare(tenant: string): string | undefined {
    const spare = this.#spares.get(tenant);
    this.#spares.delete(tenant);
    clearTimeout(spare?.timer);
    return spare?.root;
  }

  /** Under another name: files that are still open there are no build's any more. */
  async #keep(tenant: string, root: string): Promise<void> {
    const kept = root.replace(/context-(?=[^/]*$)/, "spare-");
    await rename(root, kept);
    const older = this.#takeSpare(tenant);
    const timer = setTimeout(() => {
      if (this.#spares.get(tenant)?.root === kept) {
        this.#spares.delete(tenant);
        this.#trash.discard(kept);
      }
    }, keptFor);
    timer.unref();
    this.#spares.set(tenant, { root: kept, timer });
    if (older !== undefined) {
      this.#trash.discard(older);
    }
  }
}

/** Nothing is above a context: `../file` in its archive is `file`, as with dockerd. */
function rooted(writer: TreeWriter, newest: NewestFile): TarSink {
  return {
    entry: (header) => {
      newest.entry(header);
      writer.entry({ ...header, name: `/${header.name}` });
    },
    data: (piece, offset) => writer.data(piece, offset),
    end: () => writer.end(),
  };
}
