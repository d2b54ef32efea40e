import { duration, size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
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
  const notes = editor.createDecorationsCollection();
  const mark = editor.createDecorationsCollection();
  // What belongs to no stage (fetching a base) is no instruction of its own.
  const steps = (): BuildStep[] =>
    builds.isShown(document.path) ? (builds.shown.value?.steps ?? []).filter(({ vertex }) => vertex.stage !== "") : [];
  const showNotes = (): void => {
    // After an edit lines are other ones: what was noted has moved with its text, and stays until the next build.
    if (builds.changed.value === true && notes.length > 0) return;
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
    notes.clear();
    mark.clear();
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
