import type { SourceRange } from "#contract/build-events.ts";
import { duration, size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import type { Store } from "../../lib/store.ts";
import type { BuildStep } from "../build/build-state.ts";
import { pointFrom } from "../build/pointed.ts";
import type { Pointed } from "../build/pointed.ts";
import { monaco, plain } from "./monaco-setup.ts";
import type { PlacedSteps } from "./placed-steps.ts";
import { isWithin } from "./step-places.ts";

/**
 * Ties the Dockerfile to the steps of the shown build: behind each instruction that is still as it was built what became of
 * it, and the step that is pointed at in the list marked here, as the one at the mouse or the cursor is there. Returns its
 * undoing.
 */
export function showStepNotes(
  editor: monaco.editor.IStandaloneCodeEditor,
  model: monaco.editor.ITextModel,
  pointed: Store<Pointed>,
  placed: Store<PlacedSteps>,
): () => void {
  const notes = editor.createDecorationsCollection();
  const mark = editor.createDecorationsCollection();
  const update = (): void => {
    const { steps, places } = placed.value;
    notes.set(steps.flatMap((step) => noteOf(step, places.get(step.vertex.id), model) ?? []));
    showMark();
  };
  // Where the mouse is, and where the cursor went last.
  let mouseLine: number | undefined;
  let cursorLine: number | undefined;
  const showMark = (): void => {
    const step = pointed.value?.from === "steps" ? pointed.value.id : stepAt(placed.value, mouseLine);
    const range = placed.value.places.get(step ?? "");
    const options = { isWholeLine: true, className: "pointed-line" };
    mark.set(range === undefined ? [] : [{ range: new monaco.Range(range.startLine, 1, range.endLine, 1), options }]);
  };
  const point = (line: number | undefined): void => {
    mouseLine = line;
    pointFrom(pointed, "editor", stepAt(placed.value, mouseLine) ?? stepAt(placed.value, cursorLine));
    showMark();
  };
  update();
  const listeners = [
    editor.onDidChangeCursorPosition(({ position }) => {
      cursorLine = position.lineNumber;
      // Whoever goes on by keyboard means the cursor, wherever the mouse was left.
      point(undefined);
    }),
    editor.onMouseMove(({ target }) => point(lineOf(target))),
    editor.onMouseLeave(() => point(undefined)),
  ];
  const stops = [placed.subscribe(update), pointed.subscribe(showMark)];
  return () => {
    for (const listener of listeners) listener.dispose();
    for (const stop of stops) stop();
    notes.clear();
    mark.clear();
  };
}

function stepAt({ steps, places }: PlacedSteps, line: number | undefined): string | undefined {
  if (line === undefined) return undefined;
  return steps.find(({ vertex: { id } }) => {
    const range = places.get(id);
    return range !== undefined && isWithin(line, range);
  })?.vertex.id;
}

/** Of the text, what is left and right of it included; beneath it there is none. */
function lineOf(target: monaco.editor.IMouseTarget): number | undefined {
  const isBeneath = target.type === monaco.editor.MouseTargetType.CONTENT_EMPTY && target.detail.isAfterLines;
  return isBeneath ? undefined : target.position?.lineNumber;
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
