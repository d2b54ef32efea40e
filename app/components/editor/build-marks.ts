import type { SourceRange } from "#contract/build-events.ts";
import type { CheckFindings } from "#contract/extension-api.ts";
import { messages } from "../../lib/messages.ts";
import type { Store } from "../../lib/store.ts";
import { failedStep } from "../build/build-state.ts";
import type { BuildsStore } from "../build/builds-store.ts";
import { failureText } from "../build/failure-text.ts";
import { monaco, plain } from "./monaco-setup.ts";
import type { PlacedSteps } from "./placed-steps.ts";
import { isWithin } from "./step-places.ts";
import type { TextDocument } from "./text-document.ts";

/** Marks the failing instruction and the warnings of the shown build in its Dockerfile. Returns its undoing. */
export function showBuildMarks(
  editor: monaco.editor.IStandaloneCodeEditor,
  model: monaco.editor.ITextModel,
  document: TextDocument,
  builds: BuildsStore,
  placed: Store<PlacedSteps>,
): () => void {
  const decorations = editor.createDecorationsCollection();
  const update = (): void => {
    const { build } = placed.value;
    // What the check of the text says too is marked by it.
    const now = document.findings.value;
    const place = placing(placed.value, now);
    const failure = build?.failure && { ...build.failure, range: place(build.failure) };
    const warnings = (build?.warnings ?? [])
      .filter(({ rule, message }) => !now?.warnings.some((each) => each.rule === rule && each.message === message))
      .map((warning) => ({ ...warning, range: place(warning) }));
    const markers: monaco.editor.IMarkerData[] = [];
    const marks: monaco.editor.IModelDeltaDecoration[] = [];
    if (failure?.range !== undefined) {
      const { startLine, startColumn, endLine, endColumn } = failure.range;
      const inStep = build !== undefined && failedStep(build) !== undefined;
      const message = inStep ? `${messages.build.failedHere} ${failureText(failure)}` : failure.message;
      const severity = monaco.MarkerSeverity.Error;
      if (now?.failure?.message !== failure.message) {
        markers.push({ ...markerPlace(failure.range), message, severity, source: "build" });
      }
      const range = new monaco.Range(startLine, startColumn, endLine, endColumn);
      const options = { isWholeLine: true, className: "failed-line", glyphMarginClassName: "failed-glyph" };
      marks.push({ range, options: { ...options, glyphMarginHoverMessage: { value: plain(message) } } });
    }
    for (const warning of warnings) {
      if (warning.range === undefined) continue;
      const severity = monaco.MarkerSeverity.Warning;
      markers.push({ ...markerPlace(warning.range), message: warning.message, severity, source: warning.rule });
      const range = new monaco.Range(warning.range.startLine, 1, warning.range.startLine, 1);
      marks.push({ range, options: { glyphMarginClassName: "warned-glyph" } });
    }
    monaco.editor.setModelMarkers(model, "build", markers);
    decorations.set(marks);
  };
  update();
  const stops = [placed.subscribe(update), document.findings.subscribe(update), followReveal(editor, builds, document)];
  return () => {
    for (const stop of stops) stop();
    decorations.clear();
  };
}

/**
 * Where what a build has found is now: with its instruction, which is not there any more when it was changed. What is of no
 * instruction stays where it was until the text is checked, and then goes with what the check says.
 */
function placing(
  { steps, places }: PlacedSteps,
  now: CheckFindings | undefined,
): (found: { message: string; range?: SourceRange | undefined }) => SourceRange | undefined {
  return ({ message, range }) => {
    if (range === undefined) return undefined;
    const { id, range: built } =
      steps.find(({ vertex: each }) => each.range !== undefined && isWithin(range.startLine, each.range))?.vertex ?? {};
    if (id === undefined || built === undefined) {
      return now === undefined || now.failure?.message === message ? (now?.failure?.range ?? range) : undefined;
    }
    const place = places.get(id);
    const by = (place?.startLine ?? 0) - built.startLine;
    return place && { ...range, startLine: range.startLine + by, endLine: range.endLine + by };
  };
}

function followReveal(
  editor: monaco.editor.IStandaloneCodeEditor,
  builds: BuildsStore,
  document: TextDocument,
): () => void {
  const reveal = (): void => {
    const target = builds.reveal.value;
    if (target?.path !== document.path) return;
    builds.reveal.set(undefined);
    editor.revealLineInCenterIfOutsideViewport(target.line);
    editor.setPosition({ lineNumber: target.line, column: 1 });
    if (target.focus) editor.focus();
  };
  reveal();
  return builds.reveal.subscribe(reveal);
}

type MarkerPlace = Pick<monaco.editor.IMarkerData, "startLineNumber" | "startColumn" | "endLineNumber" | "endColumn">;

export function markerPlace(range: SourceRange): MarkerPlace {
  const { startLine, startColumn, endLine, endColumn } = range;
  return { startLineNumber: startLine, startColumn, endLineNumber: endLine, endColumn };
}
