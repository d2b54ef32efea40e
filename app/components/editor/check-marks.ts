import { markerPlace } from "./build-marks.ts";
import { monaco } from "./monaco-setup.ts";
import type { TextDocument } from "./text-document.ts";

/** Underlines what the check of a Dockerfile's text has found. Returns its undoing. */
export function showCheckMarks(model: monaco.editor.ITextModel, document: TextDocument): () => void {
  const update = (): void => {
    const { failure, warnings = [] } = document.findings.value ?? {};
    const markers: monaco.editor.IMarkerData[] = [];
    if (failure?.range !== undefined) {
      const message = [failure.message, failure.hint].filter((text) => text).join("\n");
      const severity = monaco.MarkerSeverity.Error;
      markers.push({ ...markerPlace(failure.range), message, severity, source: "check" });
    }
    for (const { range, message, rule } of warnings) {
      if (range === undefined) continue;
      markers.push({ ...markerPlace(range), message, severity: monaco.MarkerSeverity.Warning, source: rule });
    }
    monaco.editor.setModelMarkers(model, "check", markers);
  };
  update();
  return document.findings.subscribe(update);
}
