import * as Y from "yjs";
import { documentText, longestDocument } from "../../contract/document-events.ts";
import { inTime, OutOfTime, threadTime } from "./stopwatch.ts";

/** Pieces that one update may consist of, and as many that it takes out: typing makes one each. */
const mostPieces = 50_000;
/** Pieces that a document may consist of: where an item goes may have to be looked for among all of them. */
const mostOfDocument = 200_000;
/** Pages that a document may have been written by: each change costs time in proportion to them, here and in all pages. */
const mostWriters = 5_000;
/** Yjs counts what each page has written in a number: far from where that becomes inexact. */
const highestClock = 2 ** 40;
/** ms that everybody else waits for one update */
const longest = 100;

/**
 * - `malformed`: not what an editor of the text sends
 * - `large`: more than a document holds
 * - `slow`: it takes long, and is in the document in part: a page that opens it anew sends the rest
 */
export type Refusal = "malformed" | "large" | "slow";

/**
 * Applies what a page has sent to a document, if it is what an editor of the text sends: characters put into the text and
 * taken out of it, nothing else, following on what is there, and not more than a document holds.
 * @returns why it was not applied; undefined: it was
 */
export function applyChecked(
  document: Y.Doc,
  update: Uint8Array,
  origin: unknown,
  now = threadTime,
): Refusal | undefined {
  const inserted = insertedIn(document, update);
  if (inserted === undefined) return "malformed";
  if (document.getText(documentText).length + inserted.length > longestDocument) return "large";
  if (document.store.clients.size + inserted.writers > mostWriters) return "large";
  if (piecesOf(document) > mostOfDocument) return "large";
  try {
    inTime(longest, () => Y.applyUpdate(document, update, origin), now);
  } catch (error) {
    return error instanceof OutOfTime ? "slow" : "malformed";
  }
  // What follows on pieces that nobody has sent would wait for them for ever, and grow.
  if (document.store.pendingStructs === null && document.store.pendingDs === null) return undefined;
  document.store.pendingStructs = null;
  document.store.pendingDs = null;
  return "malformed";
}

/** Characters and writers that are new in it, or undefined when it is no update of a text. */
function insertedIn(document: Y.Doc, update: Uint8Array): { length: number; writers: number } | undefined {
  let decoded: ReturnType<typeof Y.decodeUpdate>;
  try {
    decoded = Y.decodeUpdate(update);
  } catch {
    return undefined;
  }
  const { structs, ds } = decoded;
  const taken = [...ds.clients.values()].reduce((sum, ranges) => sum + ranges.length, 0);
  if (structs.length > mostPieces || taken > mostPieces) return undefined;
  let length = 0;
  const writers = new Set<number>();
  for (const struct of structs) {
    if (!document.store.clients.has(struct.id.client)) writers.add(struct.id.client);
    if (struct instanceof Y.Skip || struct.id.clock + struct.length > highestClock) return undefined;
    if (struct instanceof Y.GC) continue;
    if (!(struct instanceof Y.Item) || !isOfText(struct)) return undefined;
    const known = Y.getState(document.store, struct.id.client) >= struct.id.clock + struct.length;
    if (struct.content instanceof Y.ContentString) length += known ? 0 : struct.length;
    else if (!(struct.content instanceof Y.ContentDeleted)) return undefined;
  }
  return { length, writers: writers.size };
}

/** Not decoded yet, a parent is a name, or known by the neighbours. */
function isOfText({ parent, parentSub }: Y.Item): boolean {
  return parentSub === null && (parent === null || (parent as unknown) === documentText);
}

/** Of all that were ever written into it, but those that are next to each other and of one page. */
export function piecesOf(document: Y.Doc): number {
  return [...document.store.clients.values()].reduce((sum, structs) => sum + structs.length, 0);
}
