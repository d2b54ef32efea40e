import { duration, size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { instructionsOf } from "../build/build-state.ts";
import type { BuildStep } from "../build/build-state.ts";
import type { BuildsStore } from "../build/builds-store.ts";
import { monaco, plain } from "./monaco-setup.ts";
import type { TextDocument } from "./text-document.ts";

/**
 * Ties the Dockerfile to the steps of the shown build: behind each instruction what became of it, and the step that is
 * pointed at in the list marked here, as the one at the cursor is there. Returns its undoing.
 */
export function showStepNotes(
  editor: monaco.editor.IStandaloneCodeEditor,
  document: TextDocument,
  builds: BuildsStore,
): () => void {
  const notes = noteCollection(editor);
  const mark = editor.createDecorationsCollection();
  const steps = (): BuildStep[] => {
    const build = builds.shown.value;
    return build !== undefined && builds.isShown(document.path) ? instructionsOf(build) : [];
  };
  const showNotes = (): void => {
    // After an edit lines are other ones: what was noted has moved with its text, and stays until the next build.
    if (builds.changed.value === true && notes.isSet()) return;
    notes.set(steps().flatMap((step) => noteOf(step, editor.getModel()) ?? []));
  };
  const showMark = (): void => {
    const pointed = builds.pointed.value;
    const range =
      pointed?.from === "steps" ? steps().find(({ vertex }) => vertex.id === pointed.id)?.vertex.range : undefined;
    const options = { isWholeLine: true, className: "pointed-line" };
    mark.set(range === undefined ? [] : [{ range: new monaco.Range(range.startLine, 1, range.endLine, 1), options }]);
  };
  const point = ({ position }: monaco.editor.ICursorPositionChangedEvent): void => {
    const line = position.lineNumber;
    const at = steps().find(
      ({ vertex: { range } }) => range !== undefined && range.startLine <= line && line <= range.endLine,
    );
    builds.pointed.set(at === undefined ? undefined : { id: at.vertex.id, from: "editor" });
  };
  showNotes();
  const cursor = editor.onDidChangeCursorPosition(point);
  const stops = [builds.shown.subscribe(showNotes), builds.pointed.subscribe(showMark)];
  return () => {
    cursor.dispose();
    for (const stop of stops) stop();
    notes.dispose();
    mark.clear();
  };
}

interface NoteCollection {
  set: (notes: monaco.editor.IModelDeltaDecoration[]) => void;
  /** there were some, also if all of them are gone by now */
  isSet: () => boolean;
  dispose: () => void;
}

/** Notes that move with their text, and go when all of it is deleted or replaced. */
function noteCollection(editor: monaco.editor.IStandaloneCodeEditor): NoteCollection {
  const shown = editor.createDecorationsCollection();
  let notes: monaco.editor.IModelDeltaDecoration[] = [];
  let isSet = false;
  const changed = editor.onDidChangeModelContent(({ changes }) => {
    // Replaced text keeps its decorations somewhere in the new one: where they were before says what is gone.
    const left = notes.flatMap(({ range: before, options }, index) => {
      const range = shown.getRange(index);
      const isGone = changes.some((change) => monaco.Range.containsRange(change.range, before));
      return range === null || range.isEmpty() || isGone ? [] : [{ range, options }];
    });
    const someGone = left.length < notes.length;
    notes = left;
    if (someGone) shown.set(left);
  });
  return {
    set: (next) => {
      notes = next;
      isSet = next.length > 0;
      shown.set(next);
    },
    isSet: () => isSet,
    dispose: () => {
      changed.dispose();
      shown.clear();
    },
  };
}

/** `1.2 s, 34 MB` behind the last line of the instruction; its reason in the hover. */
function noteOf(
  step: BuildStep,
  model: monaco.editor.ITextModel | null,
): monaco.editor.IModelDeltaDecoration | undefined {
  const { range } = step.vertex;
  const content = summaryOf(step);
  if (range === undefined || content === "" || model === null || range.endLine > model.getLineCount()) return undefined;
  const end = model.getLineMaxColumn(range.endLine);
  return {
    range: new monaco.Range(range.startLine, 1, range.endLine, end),
    options: {
      after: { content: `\u00a0\u00a0\u00a0${content}`, inlineClassName: `step-note step-note-${step.state}` },
      ...(step.reason === undefined ? {} : { hoverMessage: { value: plain(step.reason.detail) } }),
    },
  };
}

function summaryOf({ state, durationMs, layerBytes }: BuildStep): string {
  switch (state) {
    case "cached":
      return [messages.build.cached, bytesOf(layerBytes)].filter((part) => part !== "").join(", ");
    case "done":
    case "failed":
      return [durationMs === undefined || durationMs < 1 ? "" : duration(durationMs), bytesOf(layerBytes)]
        .filter((part) => part !== "")
        .join(", ");
    default:
      return "";
  }
}

function bytesOf(bytes = 0): string {
  return bytes > 0 ? size(bytes) : "";
}
