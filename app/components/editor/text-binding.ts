import type { YTextEvent } from "yjs";
import { difference, replaceText } from "./replace-text.ts";
import { ownEdit } from "./shared-text.ts";
import type { SharedText } from "./shared-text.ts";
import { monaco } from "./monaco-setup.ts";

type Model = monaco.editor.ITextModel;

/** Keeps an editor's model and a shared text equal. Undo takes back what was written here only. Returns its undoing. */
export function bindText(editor: monaco.editor.IStandaloneCodeEditor, model: Model, shared: SharedText): () => void {
  const { text, undoManager } = shared;
  let isTakingIn = false;
  const takeIn = (edits: monaco.editor.IIdentifiedSingleEditOperation[]): void => {
    isTakingIn = true;
    model.applyEdits(edits);
    isTakingIn = false;
  };
  const all = difference(model.getValue(), text.toString());
  takeIn([editOf(model, all.start, all.removed, all.added)]);

  const typed = model.onDidChangeContent(({ changes }) => {
    if (isTakingIn) return;
    const grown = changes.reduce((sum, change) => sum + change.text.length - change.rangeLength, 0);
    shared.edit((target) => {
      // A file whose lines end in different ways is made even by Monaco: then places in it are others than in the text.
      if (model.getValueLength() - grown !== target.length) return replaceText(target, model.getValue());
      for (const { rangeOffset, rangeLength, text: added } of changes.toSorted(
        (a, b) => b.rangeOffset - a.rangeOffset,
      )) {
        if (rangeLength > 0) target.delete(rangeOffset, rangeLength);
        if (added !== "") target.insert(rangeOffset, added);
      }
    });
  });
  const received = (event: YTextEvent): void => {
    if (event.transaction.origin === ownEdit) return;
    const edits = editsOf(model, event);
    takeIn(edits);
    const last = edits.at(-1);
    if (event.transaction.origin !== undoManager || last === undefined) return;
    // The cursor goes where something was taken back.
    const end = monaco.Selection.fromPositions(monaco.Range.getStartPosition(last.range));
    const place = model.getPositionAt(model.getOffsetAt(end.getPosition()) + (last.text?.length ?? 0));
    editor.setPosition(place);
    editor.revealPositionInCenterIfOutsideViewport(place);
  };
  text.observe(received);
  // By its keys and by its name in the editor's list of commands: Monaco asks the model.
  Object.assign(model, { undo: () => undoManager.undo(), redo: () => undoManager.redo() });
  return () => {
    typed.dispose();
    text.unobserve(received);
  };
}

/** All of them are of the text before; what touches is one edit. */
function editsOf(model: Model, { delta }: YTextEvent): monaco.editor.IIdentifiedSingleEditOperation[] {
  const edits: { start: number; removed: number; added: string }[] = [];
  let at = 0;
  let current: (typeof edits)[number] | undefined;
  for (const { retain, insert, delete: removed } of delta) {
    if (retain !== undefined) {
      at += retain;
      current = undefined;
      continue;
    }
    if (current === undefined) edits.push((current = { start: at, removed: 0, added: "" }));
    if (typeof insert === "string") current.added += insert;
    if (removed !== undefined) {
      current.removed += removed;
      at += removed;
    }
  }
  return edits.map(({ start, removed, added }) => editOf(model, start, removed, added));
}

function editOf(
  model: Model,
  start: number,
  removed: number,
  text: string,
): monaco.editor.IIdentifiedSingleEditOperation {
  const range = monaco.Range.fromPositions(model.getPositionAt(start), model.getPositionAt(start + removed));
  return { range, text };
}
