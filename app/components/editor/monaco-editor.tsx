"use client";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { showBuildMarks } from "./build-marks.ts";
import { showCheckMarks } from "./check-marks.ts";
import { DockerfileChecks } from "./dockerfile-checks.ts";
import { showPeers } from "../together/peer-cursors.ts";
import { followPlaces } from "./placed-steps.ts";
import { showStepNotes } from "./step-notes.ts";
import { helpWithDockerfile } from "./language/dockerfile-language.ts";
import { followThemeInEditors, languageOf, monaco } from "./monaco-setup.ts";
import { bindText } from "./text-binding.ts";
import type { TextDocument } from "./text-document.ts";

type Editor = monaco.editor.IStandaloneCodeEditor;

/** Monaco with the active document. Loaded on demand only: it is the largest part of the page. */
export default function MonacoEditor({ document }: { document: TextDocument }): ReactNode {
  const workspace = useWorkspace();
  const { api, documents, builds, id, together } = workspace;
  const [checks] = useState(() => new DockerfileChecks(api));
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>(undefined);

  useEffect(() => {
    if (host.current === null) return undefined;
    const created = createEditor(host.current);
    keepSignaturesInside(created);
    editor.current = created;
    const views = new Map<string, monaco.editor.ICodeEditorViewState | null>();
    created.onDidChangeModel(({ oldModelUrl }) => oldModelUrl && views.delete(oldModelUrl.toString()));
    const stopTheme = followThemeInEditors();
    const stopActions = documents.action.subscribe(() => {
      const action = documents.action.value;
      if (action === undefined) return;
      documents.action.set(undefined);
      created.focus();
      created.trigger("palette", action, undefined);
    });
    // They would lie over what is looked at next.
    const stopHelp = builds.starting.subscribe(() => {
      if (!builds.starting.value) return;
      created.trigger("build", "closeParameterHints", undefined);
      created.trigger("build", "hideSuggestWidget", undefined);
    });
    return () => {
      stopTheme();
      stopActions();
      stopHelp();
      created.dispose();
      editor.current = undefined;
      for (const model of monaco.editor.getModels()) model.dispose();
    };
  }, [documents, builds]);

  const { revision } = useStore(document.state);
  useEffect(() => {
    const current = editor.current;
    if (current === undefined) return undefined;
    const uri = monaco.Uri.from({ scheme: "workspace", authority: id, path: `/${document.path}` });
    const model =
      monaco.editor.getModel(uri) ?? monaco.editor.createModel(document.text, languageOf(document.path), uri);
    if (current.getModel() !== model) current.setModel(model);
    current.updateOptions({ ariaLabel: messages.editor.label({ name: document.path }) });
    // Monaco has no option for it; the element that takes the keys is the one with a role.
    host.current?.querySelector("[role=textbox]")?.setAttribute("aria-description", messages.editor.leaveDescription);
    current.updateOptions({ readOnly: !documents.mayEdit, readOnlyMessage: { value: messages.together.viewing } });
    const unbind = document.shared === undefined ? undefined : bindText(current, model, document.shared);
    const listener = model.onDidChangeContent(() => checks.soon(document));
    checks.soon(document, 0);
    const { placed, stop: stopPlaces } = followPlaces(model, document, builds);
    const stopMarks = [
      stopPlaces,
      showBuildMarks(current, model, document, builds, placed),
      showCheckMarks(model, document),
      showStepNotes(current, model, builds.pointed, placed),
      helpWithDockerfile(current, model, document, workspace),
      ...(document.shared === undefined ? [] : [showPeers(current, document, document.shared, together)]),
    ];
    return () => {
      unbind?.();
      listener.dispose();
      checks.stop();
      for (const stop of stopMarks) stop();
    };
  }, [document, revision, documents, builds, checks, id, workspace, together]);

  return <div ref={host} className="h-full" data-testid="editor" />;
}

/** Above the first lines the help with an instruction's parts would lie over the tabs. Monaco has no option for it. */
function keepSignaturesInside(editor: Editor): void {
  const add = editor.addContentWidget.bind(editor);
  editor.addContentWidget = (widget) => {
    if (widget.getId() === "editor.widget.parameterHintsWidget") widget.allowEditorOverflow = false;
    add(widget);
  };
}

function createEditor(host: HTMLElement): Editor {
  return monaco.editor.create(host, {
    model: null,
    automaticLayout: true,
    fontFamily: '"JetBrains Mono Variable", ui-monospace, Menlo, Consolas, monospace',
    fontSize: 13,
    lineHeight: 20,
    fontLigatures: false,
    minimap: { enabled: false },
    glyphMargin: true,
    lineNumbersMinChars: 3,
    lineDecorationsWidth: 14,
    folding: false,
    padding: { top: 10, bottom: 10 },
    scrollBeyondLastLine: false,
    // What is written already is nothing to take: the line ends there.
    acceptSuggestionOnEnter: "smart",
    // Over the first lines there is no room: it would hide those that follow, with every character. Ctrl+Shift+Space asks.
    parameterHints: { enabled: false },
    renderFinalNewline: "on",
    renderLineHighlight: "line",
    overviewRulerBorder: false,
    overviewRulerLanes: 0,
    smoothScrolling: true,
    stickyScroll: { enabled: false },
    fixedOverflowWidgets: true,
    tabSize: 2,
    wordWrap: "on",
    wrappingIndent: "indent",
    bracketPairColorization: { enabled: false },
    scrollbar: { verticalScrollbarSize: 9, horizontalScrollbarSize: 9, useShadows: false },
  });
}
