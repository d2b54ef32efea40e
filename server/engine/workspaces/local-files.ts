import { createReadStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { mostFileEntries } from "../../contract/extension-api.ts";
import type { FileEntry } from "../../contract/extension-api.ts";
import { completed, inPieces } from "../concurrency/thread-time.ts";
import { Conflict, InvalidArgument, isEngineError } from "../errdefs/errors.ts";
import { entriesOf } from "../mount/directory-entries.ts";
import { fileError } from "../mount/errno.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import { lstatAt, type SafeStat } from "../mount/safe-stat.ts";
import { deleteTree } from "../volumes/volume-files.ts";
import { moveTree } from "./move-tree.ts";
import type { WorkspaceFiles, WriteOptions } from "./workspace.ts";

/** Tars in and out of a directory: the part that `diff/` does. */
export interface DirectoryArchiver {
  /** @param directory path that stays valid until the stream is closed */
  pack(directory: string): Promise<Readable>;
  /** Files become the tenant's own. @throws InvalidArgument (hostile tar), ResourceExhausted (limits) */
  unpack(tar: Readable, directory: string, signal: AbortSignal): Promise<number>;
}

/**
 * A workspace in a directory that belongs to the tenant's root: new files get its owner. A tar is unpacked beside it
 * and moved in when all of it is there: one that is hostile, or breaks off, changes nothing.
 */
export class LocalWorkspaceFiles implements WorkspaceFiles {
  readonly #root: string;
  readonly #archiver: DirectoryArchiver;
  readonly #uploads: string;

  /**
   * @param root on the host
   * @param uploads a directory of the same file system, for this object alone; what an end in the middle left is removed
   */
  constructor(root: string, archiver: DirectoryArchiver, uploads: string) {
    this.#root = root;
    this.#archiver = archiver;
    this.#uploads = uploads;
    rmSync(uploads, { recursive: true, force: true });
  }

  list(): FileEntry[] {
    using root = this.#open();
    return completed(listed(root));
  }

  async listInTurns(): Promise<FileEntry[]> {
    using root = this.#open();
    return await inPieces(listed(root));
  }

  read(path: string): { entry: FileEntry; bytes: Readable } {
    using root = this.#open();
    const wanted = checkPath(path);
    const file = root.openFile(wanted);
    try {
      const entry = { ...entryOf(root, wanted, root.stat(wanted)), kind: "file" as const };
      return { entry, bytes: createReadStream("", { fd: file.fd, autoClose: true }) };
    } catch (error) {
      file.close();
      throw error;
    }
  }

  write(path: string, data: Uint8Array, { ifMatch, executable }: WriteOptions = {}): FileEntry {
    using root = this.#open();
    const wanted = checkPath(path);
    if (ifMatch !== undefined && currentVersion(root, wanted) !== ifMatch) {
      throw new Conflict(`${wanted} has changed meanwhile: look at it again before you save`);
    }
    const parent = wanted.split("/").slice(0, -1).join("/");
    if (parent !== "") {
      root.makeDirectory(parent, { parents: true });
    }
    root.writeFile(wanted, data, executable === true ? { mode: 0o755 } : {});
    return entryOf(root, wanted, root.lstat(wanted));
  }

  async remove(path: string): Promise<void> {
    using root = this.#open();
    await root.remove(checkPath(path), { recursive: true });
  }

  makeDirectory(path: string): FileEntry {
    using root = this.#open();
    const wanted = checkPath(path);
    root.makeDirectory(wanted, { parents: true });
    return entryOf(root, wanted, root.lstat(wanted));
  }

  rename(from: string, to: string): FileEntry {
    using root = this.#open();
    const [source, target] = [checkPath(from), checkPath(to)];
    if (target.startsWith(`${source}/`)) {
      throw new InvalidArgument(`${source} cannot be moved into itself`);
    }
    const parent = target.split("/").slice(0, -1).join("/");
    if (parent !== "") {
      root.makeDirectory(parent, { parents: true });
    }
    root.rename(source, target);
    return entryOf(root, target, root.lstat(target));
  }

  async pack(path: string): Promise<Readable> {
    using root = this.#open();
    const directory = root.locate(path === "" ? "" : checkPath(path), { directory: true });
    try {
      const tar = await this.#archiver.pack(`/proc/${process.pid}/fd/${directory.fd}`);
      tar.once("close", () => directory.close());
      return tar;
    } catch (error) {
      directory.close();
      throw error;
    }
  }

  async unpack(path: string, tar: Readable, signal: AbortSignal): Promise<number> {
    const target = path === "" ? "" : checkPath(path);
    mkdirSync(this.#uploads, { recursive: true, mode: 0o700 });
    const upload = mkdtempSync(join(this.#uploads, "tar-"));
    try {
      const count = await this.#archiver.unpack(tar, upload, signal);
      using root = this.#open();
      if (target !== "") {
        root.makeDirectory(target, { parents: true });
      }
      using unpacked = new SafeRoot(upload);
      await moveTree(unpacked, root, target);
      return count;
    } finally {
      // Also what is nested deeper than a path is long.
      await deleteTree(upload);
    }
  }

  #open(): SafeRoot {
    return new SafeRoot(this.#root);
  }
}

/** As the contract has it: relative, without `.` and `..`. @throws InvalidArgument */
export function checkPath(path: string): string {
  const names = path.split("/");
  if (path === "" || path.length > 4096 || names.some((name) => name === "" || name === "." || name === "..")) {
    throw new InvalidArgument(`invalid path "${path}": expected a path within the workspace, without "." and ".."`);
  }
  return path;
}

/** All that is beneath, in steps, between which the caller can pause. */
function* listed(root: SafeRoot): Generator<undefined, FileEntry[]> {
  const entries: FileEntry[] = [];
  // Level by level: what is cut off is the deepest.
  const directories = [""];
  for (const directory of directories) {
    using at = ifThere(() => root.locate(directory, { directory: true }));
    if (at === undefined) continue;
    for (const { name } of yield* entriesOf(at.fd)) {
      const path = directory === "" ? name : `${directory}/${name}`;
      const entry = ifThere(() => entryOf(root, path, lstatAt(at.fd, name)));
      yield undefined;
      if (entry === undefined) continue;
      if (entries.push(entry) === mostFileEntries) return entries;
      if (entry.kind === "directory") directories.push(path);
    }
  }
  return entries;
}

/** Undefined where it is gone: a shell in the workspace may remove anything at any time. */
function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    const failure = fileError("listing the workspace", error);
    if (isEngineError(failure, "not_found", "invalid_argument")) {
      return undefined;
    }
    throw failure;
  }
}

function entryOf(root: SafeRoot, path: string, stat: SafeStat): FileEntry {
  const kind = stat.kind === "file" || stat.kind === "directory" || stat.kind === "symlink" ? stat.kind : "other";
  return {
    path,
    kind,
    size: stat.size,
    version: versionOf(stat),
    executable: kind === "file" && (stat.mode & 0o111) !== 0,
    ...(kind === "symlink" ? { target: root.readLink(path) } : {}),
  };
}

/** Changes with every write: a rename brings another inode, a write in place another time. */
function versionOf(stat: SafeStat): string {
  return `${stat.ino.toString(36)}-${stat.size.toString(36)}-${stat.mtimeNs.toString(36)}`;
}

function currentVersion(root: SafeRoot, path: string): string | undefined {
  return root.exists(path) ? versionOf(root.stat(path)) : undefined;
}
