import { markerPlace } from "./build-marks.ts";
import { monaco } from "./monaco-setup.ts";
import type { TextDocument } from "./text-document.ts";

/** Underlines what the check of a Dockerfile's text has found. Returns its undoing. */
export function showCheckMarks(model: monaco.editor.ITextModel, document: TextDocument): () => void {
  const update = (): void => {
    const { failure, further = [], warnings = [] } = document.findings.value ?? {};
    const markers: monaco.editor.IMarkerData[] = [];
    for (const { message, hint, range } of failure === undefined ? [] : [failure, ...further]) {
      if (range === undefined) continue;
      const text = [message, hint].filter((part) => part).join("\n");
      markers.push({ ...markerPlace(range), message: text, severity: monaco.MarkerSeverity.Error, source: "check" });
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
