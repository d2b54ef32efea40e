import type { SourceRange } from "#contract/build-events.ts";
import { messages } from "../../lib/messages.ts";
import { dockerfileOf, failedStep } from "../build/build-state.ts";
import type { BuildsStore } from "../build/builds-store.ts";
import { failureText } from "../build/failure-text.ts";
import { monaco, plain } from "./monaco-setup.ts";
import type { TextDocument } from "./text-document.ts";

/** Marks the failing instruction and the warnings of the shown build in its Dockerfile. Returns its undoing. */
export function showBuildMarks(
  editor: monaco.editor.IStandaloneCodeEditor,
  model: monaco.editor.ITextModel,
  document: TextDocument,
  builds: BuildsStore,
): () => void {
  const decorations = editor.createDecorationsCollection();
  const update = (): void => {
    const build = builds.shown.value;
    const isItsFile = build !== undefined && dockerfileOf(build.summary) === document.path;
    const failure = isItsFile ? build.failure : undefined;
    // What the check of the text says too is marked by it, where the text is now.
    const now = document.findings.value;
    const warnings = (isItsFile ? build.warnings : []).filter(
      ({ rule, message }) => !now?.warnings.some((each) => each.rule === rule && each.message === message),
    );
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
  // Marks stay with their text while it is edited, until the next build.
  const stops = [
    builds.shown.subscribe(update),
    document.findings.subscribe(update),
    followReveal(editor, builds, document),
  ];
  return () => {
    for (const stop of stops) stop();
    decorations.clear();
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
