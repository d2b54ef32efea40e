import { closeSync, constants, fchmodSync, fchownSync, readSync } from "node:fs";
import type { TarHeader } from "../diff/tar/tar-header.ts";
import { safePath } from "../diff/tree-paths.ts";
import { TreeWriter, type TreeWriterOptions } from "../diff/tree-writer.ts";
import { callError } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";
import { fstat, type SafeStat } from "../mount/safe-stat.ts";

/** Larger files are written as they come: what is compared is held in memory. Bytes. */
const maxCompared = 1 << 20;
const buffer = Buffer.alloc(maxCompared + 1);
const beneath = libc.RESOLVE_BENEATH | libc.RESOLVE_NO_SYMLINKS;

export interface RecyclingOptions extends TreeWriterOptions {
  /** a tree that nobody else changes and that may lose files */
  previous: string;
  /** the same file, with the same content, before and after it was moved */
  onMoved: (before: SafeStat, after: SafeStat) => void;
}

/**
 * Unpacks an archive, taking files whose content is unchanged from the tree that one before it was unpacked to. Moving
 * a file is cheaper than making one, above all where others were just deleted: without a journal, ext4 looks for
 * inodes that were free for a while.
 */
export class RecyclingWriter extends TreeWriter {
  readonly #previous: number;
  readonly #onMoved: RecyclingOptions["onMoved"];
  #held: TarHeader | undefined;
  /** what `#held` has so far. One for all files: memory of its own for each costs more to give back than the file to move */
  readonly #content = Buffer.alloc(maxCompared);

  constructor(root: string, options: RecyclingOptions) {
    super(root, options);
    this.#onMoved = options.onMoved;
    this.#previous = libc.openat(libc.AT_FDCWD, options.previous, libc.O_PATH | constants.O_DIRECTORY);
    if (this.#previous < 0) {
      super.close();
      throw callError("openat", this.#previous, options.previous);
    }
  }

  override entry(header: TarHeader): void {
    if (header.type !== "file" || header.size > maxCompared || header.xattrs.size > 0) {
      super.entry(header);
      return;
    }
    this.#held = header;
    this.#content.fill(0, 0, header.size);
  }

  override data(piece: Buffer, offset: number): void {
    if (this.#held === undefined) {
      super.data(piece, offset);
    } else {
      piece.copy(this.#content, offset);
    }
  }

  override end(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) {
      super.end();
      return;
    }
    const content = this.#content.subarray(0, held.size);
    if (!this.#move(held, content)) {
      super.entry(held);
      super.data(content, 0);
      super.end();
    }
  }

  override get writing(): boolean {
    return this.#held !== undefined || super.writing;
  }

  override close(): void {
    closeSync(this.#previous);
    super.close();
  }

  /** Whether the file was there with that content. */
  #move(header: TarHeader, content: Buffer): boolean {
    const path = safePath(header.name);
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const fd = path === "" ? -1 : libc.openat2(this.#previous, path, flags, 0, beneath);
    if (fd < 0) {
      return false;
    }
    try {
      const before = fstat(fd);
      if (before.kind !== "file" || before.nlink !== 1 || before.size !== header.size || !holds(fd, content)) {
        return false;
      }
      const { uid, gid } = this.ownerOf(header);
      const { parent, name } = this.locate(path);
      if (libc.renameat2(this.#previous, path, parent, name, libc.RENAME_NOREPLACE) < 0) {
        return false; // something is in its place already: an archive may have a name twice
      }
      this.beginEntry(header);
      if (before.uid !== uid || before.gid !== gid) {
        fchownSync(fd, uid, gid);
      }
      if (before.mode !== header.mode) {
        fchmodSync(fd, header.mode);
      }
      if (before.mtimeNs !== header.mtimeNs) {
        const result = libc.lutimesat(parent, name, header.mtimeNs, header.mtimeNs);
        if (result < 0) {
          throw callError("utimensat", result, `unpacking ${header.name}`);
        }
      }
      this.#onMoved(before, fstat(fd));
      return true;
    } finally {
      closeSync(fd);
    }
  }
}

function holds(fd: number, content: Buffer): boolean {
  const read = readSync(fd, buffer, 0, content.length + 1, 0);
  return read === content.length && content.equals(buffer.subarray(0, read));
}
