import type { SourceRange } from "#contract/build-events.ts";
import { duration, size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import type { Store } from "../../lib/store.ts";
import type { BuildStep } from "../build/build-state.ts";
import type { BuildsStore } from "../build/builds-store.ts";
import { monaco, plain } from "./monaco-setup.ts";
import type { PlacedSteps } from "./placed-steps.ts";
import { isWithin } from "./step-places.ts";

/**
 * Ties the Dockerfile to the steps of the shown build: behind each instruction that is still as it was built what became of
 * it, and the step that is pointed at in the list marked here, as the one at the cursor is there. Returns its undoing.
 */
export function showStepNotes(
  editor: monaco.editor.IStandaloneCodeEditor,
  model: monaco.editor.ITextModel,
  builds: BuildsStore,
  placed: Store<PlacedSteps>,
): () => void {
  const notes = editor.createDecorationsCollection();
  const mark = editor.createDecorationsCollection();
  const update = (): void => {
    const { steps, places } = placed.value;
    notes.set(steps.flatMap((step) => noteOf(step, places.get(step.vertex.id), model) ?? []));
    showMark();
  };
  const showMark = (): void => {
    const pointed = builds.pointed.value;
    const range = pointed?.from === "steps" ? placed.value.places.get(pointed.id) : undefined;
    const options = { isWholeLine: true, className: "pointed-line" };
    mark.set(range === undefined ? [] : [{ range: new monaco.Range(range.startLine, 1, range.endLine, 1), options }]);
  };
  const point = ({ position }: monaco.editor.ICursorPositionChangedEvent): void => {
    const line = position.lineNumber;
    const { steps, places } = placed.value;
    const at = steps.find(({ vertex: { id } }) => {
      const range = places.get(id);
      return range !== undefined && isWithin(line, range);
    });
    builds.pointed.set(at === undefined ? undefined : { id: at.vertex.id, from: "editor" });
  };
  update();
  const cursor = editor.onDidChangeCursorPosition(point);
  const stops = [placed.subscribe(update), builds.pointed.subscribe(showMark)];
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
  range: SourceRange | undefined,
  model: monaco.editor.ITextModel,
): monaco.editor.IModelDeltaDecoration | undefined {
  const content = summaryOf(step);
  if (range === undefined || content === "") return undefined;
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
