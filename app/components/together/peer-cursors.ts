import type { Person, Place } from "#contract/together-events.ts";
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
  /** by their person */
  const flags = new Map<string, Flag>();
  let seen = { step: "", top: "" };
  const show = (isFirst = false): void => {
    const here = together.others.flatMap((person) => placeOf(person, document, shared, editor));
    marks.set(here.flatMap(({ person, anchor, head }) => decorations(person, anchor, head)));
    for (const [id, flag] of flags) {
      if (here.some(({ person }) => person.id === id)) continue;
      flag.hide(editor);
      flags.delete(id);
    }
    for (const { person, head } of here) {
      const flag = flags.get(person.id) ?? new Flag(person.id);
      flags.set(person.id, flag);
      flag.place(editor, person, { name: together.nameOf(person), head, isOld: isFirst });
    }
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
  const stops = [together.people.subscribe(() => show()), together.following.subscribe(() => show())];
  // What others write moves places that nobody has told anew.
  const changed = editor.onDidChangeModelContent(() => queueMicrotask(show));
  // Who is here already may have stopped long ago: they are named when they move.
  show(true);
  tell();
  return () => {
    for (const each of [moved, scrolled, changed]) each.dispose();
    for (const stop of stops) stop();
    for (const flag of flags.values()) flag.hide(editor);
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

/** A person's name, at the end of the line where they are: over no text. It is shown for a moment when they move. */
class Flag implements monaco.editor.IContentWidget {
  readonly #id: string;
  #node: HTMLElement | undefined;
  #told: Place | undefined;
  #step = "";
  #line = 1;

  constructor(id: string) {
    this.#id = id;
  }

  getId = (): string => `peer-${this.#id}`;
  getDomNode = (): HTMLElement => (this.#node ??= window.document.createElement("div"));
  getPosition = (): monaco.editor.IContentWidgetPosition => ({
    // Of a line that is shorter it is the end.
    position: { lineNumber: this.#line, column: Number.MAX_SAFE_INTEGER },
    preference: [monaco.editor.ContentWidgetPositionPreference.EXACT],
  });

  /** @param where `isOld`: nobody knows when they came here */
  place(editor: Editor, person: Person, where: { name: string; head: monaco.Position; isOld: boolean }): void {
    // They have gone nowhere when others write above them; and at the text's end the told place is the same for ever.
    const isTold = person.place !== this.#told;
    const step = `${where.name} ${where.head.toString()}`;
    const hasMoved = isTold && step !== this.#step;
    if (isTold) {
      this.#told = person.place;
      this.#step = step;
    }
    this.#line = where.head.lineNumber;
    if (!hasMoved) {
      if (this.#node !== undefined) editor.layoutContentWidget(this);
    } else if (!where.isOld) {
      // Another element, that its time begins anew.
      this.hide(editor);
      const node = this.getDomNode();
      node.className = `peer-flag peer-${person.colour}`;
      node.textContent = where.name;
      node.dataset["testid"] = "peer-flag";
      node.setAttribute("aria-hidden", "true");
      editor.addContentWidget(this);
    }
  }

  hide(editor: Editor): void {
    if (this.#node !== undefined) editor.removeContentWidget(this);
    this.#node = undefined;
  }
}
