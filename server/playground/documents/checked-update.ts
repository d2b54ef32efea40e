import * as Y from "yjs";
import { documentText, longestDocument } from "../../contract/document-events.ts";

/** Pieces that one update may consist of: typing makes one each. */
const mostPieces = 50_000;

/**
 * Applies what a page has sent to a document, if it is what an editor of the text sends: characters put into the text and
 * taken out of it, nothing else, following on what is there, and not more than a document holds.
 * @returns why it was not applied; undefined: it was
 */
export function applyChecked(document: Y.Doc, update: Uint8Array, origin: unknown): "malformed" | "large" | undefined {
  const length = insertedLength(document, update);
  if (length === undefined) return "malformed";
  if (document.getText(documentText).length + length > longestDocument) return "large";
  try {
    Y.applyUpdate(document, update, origin);
  } catch {
    return "malformed";
  }
  // What follows on pieces that nobody has sent would wait for them for ever, and grow.
  if (document.store.pendingStructs === null && document.store.pendingDs === null) return undefined;
  document.store.pendingStructs = null;
  document.store.pendingDs = null;
  return "malformed";
}

/** Characters that are new in it, or undefined when it is no update of a text. */
function insertedLength(document: Y.Doc, update: Uint8Array): number | undefined {
  let structs: ReturnType<typeof Y.decodeUpdate>["structs"];
  try {
    ({ structs } = Y.decodeUpdate(update));
  } catch {
    return undefined;
  }
  if (structs.length > mostPieces) return undefined;
  let length = 0;
  for (const struct of structs) {
    if (struct instanceof Y.Skip) return undefined;
    if (struct instanceof Y.GC) continue;
    if (!(struct instanceof Y.Item) || !isOfText(struct)) return undefined;
    const known = Y.getState(document.store, struct.id.client) >= struct.id.clock + struct.length;
    if (struct.content instanceof Y.ContentString) length += known ? 0 : struct.length;
    else if (!(struct.content instanceof Y.ContentDeleted)) return undefined;
  }
  return length;
}

/** Not decoded yet, a parent is a name, or known by the neighbours. */
function isOfText({ parent, parentSub }: Y.Item): boolean {
  return parentSub === null && (parent === null || (parent as unknown) === documentText);
}
