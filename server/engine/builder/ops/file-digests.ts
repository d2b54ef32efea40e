import { createHash } from "node:crypto";
import { closeSync } from "node:fs";
import { FailedPrecondition } from "../../errdefs/errors.ts";
import type { Database } from "../../metadata/database.ts";
import { errnoCode } from "../../mount/errno.ts";
import type { SafeHandle } from "../../mount/safe-handle.ts";
import type { SafeRoot } from "../../mount/safe-path.ts";
import { fstat, type SafeStat } from "../../mount/safe-stat.ts";
import type { Entry } from "./entries.ts";
import { piecesOf, shortPieces } from "./file-pieces.ts";

/** Entries kept in memory. */
const limit = 200_000;
/** A file changed less than this ago may change again unnoticed within the clock's granularity, ms. */
const settleMs = 50;
/** Files above are hashed in the background. Bytes. */
const inlineBytes = 4 << 20;

interface Known {
  /** size, mtime and ctime when it was read */
  stamp: string;
  digest: string;
}

/**
 * Digests of files' contents, remembered by inode, size and times: an unchanged context costs a stat per file.
 * Kept in the metadata, so that this holds after a restart too.
 */
export class FileDigests {
  readonly #database: Database;
  readonly #known = new Map<string, Known>();
  #unsaved: { inode: string; known: Known }[] = [];

  constructor(database: Database) {
    this.#database = database;
    database.migrate("builder-file-digests", [
      "CREATE TABLE file_digests (inode TEXT PRIMARY KEY, stamp TEXT NOT NULL, digest TEXT NOT NULL, used_at INTEGER NOT NULL) WITHOUT ROWID",
    ]);
    for (const row of database.all<Known & { inode: string }>(
      "SELECT inode, stamp, digest FROM file_digests ORDER BY used_at DESC LIMIT ?",
      limit,
    )) {
      this.#known.set(row.inode, { stamp: row.stamp, digest: row.digest });
    }
  }

  /**
   * sha256 of a regular file's bytes, hexadecimal.
   * @param remember false for files whose inode numbers mean nothing later (mounted layers)
   * @throws FailedPrecondition when the file is not the one that was listed any more, Cancelled
   */
  async digest(root: SafeRoot, entry: Entry, remember: boolean, signal: AbortSignal): Promise<string> {
    const inode = `${entry.stat.dev}:${entry.stat.ino}`;
    const stamp = stampOf(entry.stat);
    const known = remember ? this.#known.get(inode) : undefined;
    if (known?.stamp === stamp) {
      return known.digest;
    }
    const digest = await hashFile(root, entry, remember, signal);
    if (remember && Date.now() - Number(entry.stat.ctimeNs / 1_000_000n) > settleMs) {
      this.#known.set(inode, { stamp, digest });
      this.#unsaved.push({ inode, known: { stamp, digest } });
    }
    return digest;
  }

  /** The same file has other times now, and the content that it had. */
  moved(before: SafeStat, after: SafeStat): void {
    const inode = `${before.dev}:${before.ino}`;
    const known = this.#known.get(inode);
    if (known?.stamp === stampOf(before)) {
      const learned = { stamp: stampOf(after), digest: known.digest };
      this.#known.set(inode, learned);
      this.#unsaved.push({ inode, known: learned });
    }
  }

  /** Writes what was learned to the metadata, in one transaction. */
  save(): void {
    const unsaved = this.#unsaved;
    this.#unsaved = [];
    if (unsaved.length === 0) {
      return;
    }
    const now = Date.now();
    this.#database.transaction(() => {
      for (const { inode, known } of unsaved) {
        this.#database.run(
          "INSERT OR REPLACE INTO file_digests (inode, stamp, digest, used_at) VALUES (?, ?, ?, ?)",
          inode,
          known.stamp,
          known.digest,
          now,
        );
      }
      this.#database.run(
        "DELETE FROM file_digests WHERE inode IN (SELECT inode FROM file_digests ORDER BY used_at DESC LIMIT -1 OFFSET ?)",
        limit,
      );
    });
    // the oldest go first: a Map keeps the order of insertion
    for (const inode of this.#known.keys()) {
      if (this.#known.size <= limit) {
        break;
      }
      this.#known.delete(inode);
    }
  }
}

function stampOf(stat: SafeStat): string {
  return `${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
}

/**
 * Opens the very file that `entry` was made from. The caller closes it.
 * @param checked compares inode and times; not for mounted layers, which do not change and may be mounted anew
 * @throws FailedPrecondition when it changed
 */
export function openEntry(root: SafeRoot, entry: Entry, checked: boolean): number {
  const { fd } = opened(root, entry);
  const stat = fstat(fd);
  const same = !checked || (stat.ino === entry.stat.ino && stampOf(stat) === stampOf(entry.stat));
  if (stat.kind !== "file" || !same) {
    closeSync(fd);
    throw changed(entry);
  }
  return fd;
}

function opened(root: SafeRoot, entry: Entry): SafeHandle {
  try {
    return root.openFound(entry.source);
  } catch (error) {
    const code = errnoCode(error);
    // a link, or a socket, by now
    if (code === "ELOOP" || code === "ENXIO") throw changed(entry, error);
    if (code === "ENOENT") throw error;
    throw new FailedPrecondition(`${entry.source} cannot be opened`, { cause: error });
  }
}

function changed({ source }: Entry, cause?: unknown): FailedPrecondition {
  return new FailedPrecondition(`${source} was changed while the build read it: build again`, { cause });
}

async function hashFile(root: SafeRoot, entry: Entry, checked: boolean, signal: AbortSignal): Promise<string> {
  const fd = openEntry(root, entry, checked);
  try {
    const hash = createHash("sha256");
    if (entry.stat.size > inlineBytes) {
      for await (const piece of piecesOf(fd, signal)) hash.update(piece);
    } else {
      for (const piece of shortPieces(fd, entry.stat.size)) hash.update(piece);
    }
    return hash.digest("hex");
  } finally {
    closeSync(fd);
  }
}
