import type { Person } from "#contract/together-events.ts";
import { monaco } from "../editor/monaco-setup.ts";
import type { SharedText } from "../editor/shared-text.ts";
import type { TextDocument } from "../editor/text-document.ts";
import type { TogetherStore } from "./together-store.ts";

type Editor = monaco.editor.IStandaloneCodeEditor;

/**
 * Shows where the others are in the document, and tells them where this page's cursor is; goes along with whom this page
 * follows. Returns its undoing.
 */
export function showPeers(
  editor: Editor,
  document: TextDocument,
  shared: SharedText,
  together: TogetherStore,
): () => void {
  const marks = editor.createDecorationsCollection();
  /** by their person and place: one that stays where it is fades, and is not shown anew */
  let flags = new Map<string, monaco.editor.IContentWidget>();
  let seen = { step: "", top: "" };
  const clear = (): void => {
    for (const flag of flags.values()) editor.removeContentWidget(flag);
    flags = new Map();
  };
  const show = (): void => {
    const here = together.others.flatMap((person) => placeOf(person, document, shared, editor));
    marks.set(here.flatMap(({ person, anchor, head }) => decorations(person, anchor, head)));
    const next = new Map(
      here.map(({ person, head }) => {
        const name = together.nameOf(person);
        const key = `${person.id} ${name} ${head.toString()}`;
        return [key, flags.get(key) ?? flagOf(person, name, head)] as const;
      }),
    );
    // The old ones first: a person has one at a time.
    for (const [key, flag] of flags) if (!next.has(key)) editor.removeContentWidget(flag);
    for (const [key, flag] of next) if (!flags.has(key)) editor.addContentWidget(flag);
    flags = next;
    const followed = here.find(({ person }) => person.id === together.following.value);
    if (followed === undefined) seen = { step: "", top: "" };
    else {
      const { person, head, top } = followed;
      const now = { step: `${person.id} ${head.toString()}`, top: `${person.id} ${top}` };
      if (top !== undefined && now.top !== seen.top) editor.setScrollTop(editor.getTopForLineNumber(top));
      if (now.step !== seen.step) editor.revealPositionInCenterIfOutsideViewport(head);
      seen = now;
    }
  };
  const tell = (): void => {
    const [model, selection] = [editor.getModel(), editor.getSelection()];
    if (model === null || selection === null) return;
    const { selectionStartLineNumber: line, selectionStartColumn: column } = selection;
    const anchor = shared.encodePlace(model.getOffsetAt({ lineNumber: line, column }));
    const head = shared.encodePlace(model.getOffsetAt(selection.getPosition()));
    const first = editor.getVisibleRanges()[0]?.startLineNumber ?? 1;
    const top = shared.encodePlace(model.getOffsetAt({ lineNumber: first, column: 1 }));
    together.move({ path: document.path, anchor, head, top });
  };
  const moved = editor.onDidChangeCursorSelection(tell);
  const scrolled = editor.onDidScrollChange(({ scrollTopChanged }) => scrollTopChanged && tell());
  const stops = [together.people.subscribe(show), together.following.subscribe(show)];
  // What others write moves places that nobody has told anew.
  const changed = editor.onDidChangeModelContent(() => queueMicrotask(show));
  show();
  tell();
  return () => {
    for (const each of [moved, scrolled, changed]) each.dispose();
    for (const stop of stops) stop();
    clear();
    marks.clear();
  };
}

function placeOf(
  person: Person,
  document: TextDocument,
  shared: SharedText,
  editor: Editor,
): { person: Person; anchor: monaco.Position; head: monaco.Position; top: number | undefined }[] {
  const { path, anchor, head, top } = person.place;
  const model = editor.getModel();
  if (path !== document.path || model === null || anchor === undefined || head === undefined) return [];
  const [from, to] = [shared.decodePlace(anchor), shared.decodePlace(head)];
  if (from === undefined || to === undefined) return [];
  const first = top === undefined ? undefined : shared.decodePlace(top);
  return [
    {
      person,
      anchor: model.getPositionAt(from),
      head: model.getPositionAt(to),
      top: first === undefined ? undefined : model.getPositionAt(first).lineNumber,
    },
  ];
}

function decorations(
  { colour }: Person,
  anchor: monaco.Position,
  head: monaco.Position,
): monaco.editor.IModelDeltaDecoration[] {
  const caret = { range: monaco.Range.fromPositions(head), options: { className: `peer-caret peer-${colour}` } };
  if (anchor.equals(head)) return [caret];
  const [start, end] = anchor.isBefore(head) ? [anchor, head] : [head, anchor];
  const options = { className: `peer-selection peer-${colour}` };
  return [caret, { range: monaco.Range.fromPositions(start, end), options }];
}

/** The name above the cursor. */
function flagOf(person: Person, name: string, position: monaco.Position): monaco.editor.IContentWidget {
  const element = window.document.createElement("div");
  element.className = `peer-flag peer-${person.colour}`;
  element.textContent = name;
  element.dataset["testid"] = "peer-flag";
  element.setAttribute("aria-hidden", "true");
  const { ABOVE, BELOW } = monaco.editor.ContentWidgetPositionPreference;
  return {
    getId: () => `peer-${person.id}`,
    getDomNode: () => element,
    getPosition: () => ({ position, preference: [ABOVE, BELOW] }),
  };
}
