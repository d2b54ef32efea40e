import type { BuildWarning } from "#contract/build-events.ts";
import type { BuildsStore } from "../../build/builds-store.ts";
import { markerPlace } from "../build-marks.ts";
import { monaco } from "../monaco-setup.ts";
import type { TextDocument } from "../text-document.ts";

type Fix = NonNullable<BuildWarning["fix"]>;

/** Quick fixes of what the checks have found at a place: of the text as it is, and of the last build if it was of this text. */
export function fixesAt(
  model: monaco.editor.ITextModel,
  range: monaco.IRange,
  document: TextDocument,
  builds: BuildsStore,
): monaco.languages.CodeActionList {
  const ofText = document.findings.value?.warnings ?? [];
  const ofBuild =
    builds.isShown(document.path) && builds.changed.value === false ? (builds.shown.value?.warnings ?? []) : [];
  const seen = new Set<string>();
  const actions: monaco.languages.CodeAction[] = [];
  for (const { fix, range: where } of [...ofText, ...ofBuild]) {
    if (fix === undefined || where === undefined || seen.has(JSON.stringify(fix))) continue;
    if (!monaco.Range.areIntersectingOrTouching(monaco.Range.lift(markerPlace(where)), range)) continue;
    seen.add(JSON.stringify(fix));
    const edits = fix.edits.map((edit) => ({
      resource: model.uri,
      versionId: model.getVersionId(),
      textEdit: { range: markerPlace(edit.range), text: edit.text },
    }));
    actions.push({ title: fix.title, kind: "quickfix", edit: { edits }, isPreferred: actions.length === 0 });
  }
  return { actions, dispose: () => {} };
}

/** Carries out what was pressed in the list of warnings, as an edit that can be undone. */
export function followFixes(
  editor: monaco.editor.IStandaloneCodeEditor,
  document: TextDocument,
  builds: BuildsStore,
): () => void {
  const apply = (): void => {
    const wanted = builds.fix.value;
    if (wanted?.path !== document.path) return;
    builds.fix.set(undefined);
    editor.pushUndoStop();
    editor.executeEdits("fix", editsOf(wanted.fix));
    editor.pushUndoStop();
    editor.focus();
  };
  apply();
  return builds.fix.subscribe(apply);
}

function editsOf({ edits }: Fix): monaco.editor.IIdentifiedSingleEditOperation[] {
  return edits.map(({ range, text }) => ({ range: markerPlace(range), text, forceMoveMarkers: true }));
}
