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

/** A file as it was when it was read, and what it held. */
interface Known extends Pick<SafeStat, "dev" | "ino" | "size" | "mtimeNs" | "ctimeNs"> {
  /** sha256, hexadecimal */
  digest: string;
  /** what explanations know it by, and the mode that it had then */
  explained?: { mode: number; digest: string };
}

interface Row {
  inode: string;
  stamp: string;
  digest: string;
}

/**
 * Digests of files' contents, remembered by inode, size and times: an unchanged context costs a stat per file.
 * Kept in the metadata, so that this holds after a restart too.
 */
export class FileDigests {
  readonly #database: Database;
  /** by inode number */
  readonly #known = new Map<number, Known>();
  #unsaved: Known[] = [];

  constructor(database: Database) {
    this.#database = database;
    database.migrate("builder-file-digests", [
      "CREATE TABLE file_digests (inode TEXT PRIMARY KEY, stamp TEXT NOT NULL, digest TEXT NOT NULL, used_at INTEGER NOT NULL) WITHOUT ROWID",
    ]);
    const newest = "SELECT inode, stamp, digest FROM file_digests ORDER BY used_at DESC LIMIT ?";
    for (const row of database.all<Row>(newest, limit).toReversed()) {
      const known = knownOf(row);
      this.#known.set(Number(known.ino), known);
    }
  }

  /** What is known of a file that has changed neither size nor times since it was read. */
  known({ stat }: Entry): Known | undefined {
    if (stat.kind !== "file") return undefined;
    const known = this.#known.get(Number(stat.ino));
    return known !== undefined && isSame(known, stat) ? known : undefined;
  }

  /**
   * sha256 of a regular file's bytes, hexadecimal.
   * @param remember false for files whose inode numbers mean nothing later (mounted layers)
   * @throws FailedPrecondition when the file is not the one that was listed any more, Cancelled
   */
  async digest(root: SafeRoot, entry: Entry, remember: boolean, signal: AbortSignal): Promise<string> {
    const known = remember ? this.known(entry) : undefined;
    if (known !== undefined) {
      return known.digest;
    }
    const digest = await hashFile(root, entry, remember, signal);
    if (remember && Date.now() - Number(entry.stat.ctimeNs / 1_000_000n) > settleMs) {
      this.#unsaved.push(this.#remember(entry.stat, digest));
    }
    return digest;
  }

  /**
   * What a file holds that only this process changes, and only as long as it runs: it is kept in memory alone. Undefined where
   * that is not known: what is of one that had the inode before, within the same tick of the kernel's clock, is forgotten.
   */
  learned(stat: SafeStat, digest: string | undefined): void {
    if (digest === undefined) this.#known.delete(Number(stat.ino));
    else this.#remember(stat, digest);
  }

  /** The same such file has other times now, and the content that it had. */
  moved(before: SafeStat, after: SafeStat): void {
    const known = this.#known.get(Number(before.ino));
    if (known === undefined || !isSame(known, before)) return;
    const moved = this.#remember(after, known.digest);
    if (known.explained !== undefined) moved.explained = known.explained;
  }

  /** Writes what was learned to the metadata, in one transaction. */
  save(): void {
    const unsaved = this.#unsaved;
    this.#unsaved = [];
    if (unsaved.length > 0) this.#database.transaction(() => this.#write(unsaved));
    this.#forgetOldest();
  }

  #remember({ dev, ino, size, mtimeNs, ctimeNs }: SafeStat, digest: string): Known {
    const known: Known = { dev, ino, size, mtimeNs, ctimeNs, digest };
    this.#known.set(Number(ino), known);
    // Seldom: those that were forgotten are passed over at each beginning.
    if (this.#known.size > limit * 1.1) this.#forgetOldest();
    return known;
  }

  /** A Map keeps the order of insertion. */
  #forgetOldest(): void {
    for (const inode of this.#known.keys()) {
      if (this.#known.size <= limit) break;
      this.#known.delete(inode);
    }
  }

  #write(unsaved: readonly Known[]): void {
    const now = Date.now();
    for (const { dev, ino, size, mtimeNs, ctimeNs, digest } of unsaved) {
      this.#database.run(
        "INSERT OR REPLACE INTO file_digests (inode, stamp, digest, used_at) VALUES (?, ?, ?, ?)",
        `${dev}:${ino}`,
        `${size}:${mtimeNs}:${ctimeNs}`,
        digest,
        now,
      );
    }
    // Counting them costs a tenth of putting them in order.
    const { rows } = this.#database.get<{ rows: number }>("SELECT count(*) AS rows FROM file_digests") ?? { rows: 0 };
    if (rows > limit) {
      this.#database.run(
        "DELETE FROM file_digests WHERE inode IN (SELECT inode FROM file_digests ORDER BY used_at LIMIT ?)",
        rows - limit,
      );
    }
  }
}

function isSame(known: Omit<Known, "digest">, { dev, ino, size, mtimeNs, ctimeNs }: SafeStat): boolean {
  return (
    known.ino === ino &&
    known.mtimeNs === mtimeNs &&
    known.ctimeNs === ctimeNs &&
    known.size === size &&
    known.dev === dev
  );
}

function knownOf({ inode, stamp, digest }: Row): Known {
  const [dev = "", ino = ""] = inode.split(":");
  const [size = "", mtime = "", ctime = ""] = stamp.split(":");
  return {
    dev: BigInt(dev),
    ino: BigInt(ino),
    size: Number(size),
    mtimeNs: BigInt(mtime),
    ctimeNs: BigInt(ctime),
    digest,
  };
}

/**
 * Opens the very file that `entry` was made from. The caller closes it.
 * @param checked compares inode and times; not for mounted layers, which do not change and may be mounted anew
 * @throws FailedPrecondition when it changed
 */
export function openEntry(root: SafeRoot, entry: Entry, checked: boolean): number {
  const { fd } = opened(root, entry);
  const stat = fstat(fd);
  const same = !checked || isSame(entry.stat, stat);
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
