/**
 * Text files that are open in the editor, as Yjs documents over the page's socket. `web` has the document while somebody has
 * it open; the file on disk is what builds and shells see, and takes part like one more writer: `web` saves the document a
 * moment after each change, and what others wrote into the file comes into the document as their changes.
 *
 * A page opens a document with what it knows of it (`epoch`, state vector), gets what it lacks, and sends what `web` lacks:
 * the same at first and after every interruption, so editing goes on without a connection. Updates are in Yjs's encoding,
 * version 1; the text is the document's type `text`. Updates are numbered from 1 on after each opening; `document-saved`
 * says up to which the file has them.
 */
import { z } from "zod";

/** Name of the Y.Text. */
export const documentText = "text";
/** Characters (UTF-16) that a document holds at most; longer files are not edited in the page. */
export const longestDocument = 1024 * 1024;
/** Bytes of one update, so also of all that was written while the connection was away. */
export const largestUpdate = 2 * 1024 * 1024;
/** Documents that one socket may have open. */
export const documentsPerSocket = 64;

/** Relative, with `/`, without `.` and `..`, Unicode: the engine checks again. */
export const documentPathSchema = z
  .string()
  .min(1)
  .max(1024)
  .refine(
    (path) => path.isWellFormed() && path.split("/").every((name) => name !== "" && name !== "." && name !== ".."),
  );

const bytes = (most: number) => z.instanceof(Uint8Array).refine((value) => value.length <= most);

export const openDocumentSchema = z.object({
  path: documentPathSchema,
  /** of the document that the page has; absent: it has none yet */
  epoch: z.string().max(64).exactOptional(),
  /** Yjs state vector of it */
  vector: bytes(64 * 1024),
});
export const updateDocumentSchema = z.object({
  path: documentPathSchema,
  update: bytes(largestUpdate),
  seq: z.number().int().positive(),
});
export const namedDocumentSchema = z.object({ path: documentPathSchema });
export const saveDocumentsSchema = z.strictObject({});

/** Why a file is no document. `away`: it may be one in a moment. */
export type NoDocument = "gone" | "binary" | "large" | "away";

export type OpenedDocument =
  | { problem: NoDocument; message?: string }
  | {
      problem?: never;
      /** another one than the page's: that document is gone, and this is all of the new one */
      epoch: string;
      /** what the page lacks */
      update: Uint8Array;
      /** state vector of what `web` has: the page sends the rest */
      vector: Uint8Array;
      saved: boolean;
    };

export interface DocumentUpdate {
  path: string;
  update: Uint8Array;
}

export interface DocumentSaved {
  path: string;
  /** the page's updates up to this one are in the file */
  seq: number;
  /** nothing else waits to be saved */
  all: boolean;
}

export interface DocumentTrouble {
  path: string;
  /**
   * - `unsaved`: the file could not be written; it is tried again
   * - `deleted`: the file was deleted while it had changes that were not saved
   */
  trouble: "unsaved" | "deleted";
  message?: string;
}

/** The document is closed for this page. */
export interface DocumentEnded {
  path: string;
  /** `again`: open it once more, what was written is kept */
  why: NoDocument | "again";
  /** a member has given the file this name: it is to be opened there */
  movedTo?: string;
  message?: string;
}

/** Answer of `document-save`: whether all that the page has sent before is in the files. */
export interface DocumentsFlushed {
  saved: boolean;
}
