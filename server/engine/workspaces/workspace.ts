import type { Readable } from "node:stream";
import type { FileChange, FileEntry } from "../../contract/extension-api.ts";

export type { FileChange, FileEntry } from "../../contract/extension-api.ts";

/**
 * The files of one tenant's workspace, on disk, where the workstation's shell changes them too. Paths are relative,
 * with `/`; no link in the workspace leads out of it.
 */
export interface WorkspaceFiles {
  /** Parents first, top levels first, at most `mostFileEntries`. */
  list(): FileEntry[];
  /** The same in turns of whose request it is for: a workspace may hold any number of names. */
  listInTurns(): Promise<FileEntry[]>;
  /** Streams a regular file; destroy the stream. @throws NotFound, InvalidArgument (not a file) */
  read(path: string): { entry: FileEntry; bytes: Readable };
  /**
   * Writes the whole file, making directories on the way; the new content appears at once.
   * @throws Conflict (it is not at `ifMatch` any more), InvalidArgument
   */
  write(path: string, data: Uint8Array, options?: WriteOptions): FileEntry;
  /** A file, a link, or a directory with all in it. @throws NotFound */
  remove(path: string): Promise<void>;
  /** With those above it. An existing one is fine. */
  makeDirectory(path: string): FileEntry;
  /** @throws NotFound, AlreadyExists */
  rename(from: string, to: string): FileEntry;
  /** A tar of a directory; names in it are relative to the directory. The caller destroys the stream. @throws NotFound */
  pack(path: string): Promise<Readable>;
  /**
   * Unpacks a tar (plain, gzip, zstd) into a directory; what it may hold is limited. All of it or nothing: files appear
   * when the whole tar was good. Returns the number of entries. @throws InvalidArgument (hostile), OutOfRange (limits)
   */
  unpack(path: string, tar: Readable, signal: AbortSignal): Promise<number>;
}

export interface WriteOptions {
  /** the version the caller has seen */
  ifMatch?: string | undefined;
  /** 0755; otherwise an existing file keeps its mode, and a new one gets 0644 */
  executable?: boolean;
}

/** Tells of changes in a workspace, whoever makes them. */
export interface WorkspaceWatch {
  /**
   * Live until the signal aborts. A reader that is slow, or a workspace that is large, gets `rescan` with the empty
   * path: list again.
   */
  changes(signal: AbortSignal): AsyncIterable<FileChange>;
}
