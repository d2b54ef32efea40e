"use client";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { Store } from "../../lib/store.ts";
import { followThemeInEditors, languageOf, monaco } from "../editor/monaco-setup.ts";
import { placedIn } from "../editor/placed-steps.ts";
import { showStepNotes } from "../editor/step-notes.ts";
import type { SnippetTextProps } from "./snippet-text.tsx";

/** A file of a snippet, to read, in the place of its plain text (`snippet-text.tsx`): before that is seen gone. */
export default function SnippetFileView({ file, build, pointing, reveal }: SnippetTextProps): ReactNode {
  const [editor, setEditor] = useState<monaco.editor.IStandaloneCodeEditor>();
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (host.current === null) return undefined;
    const model = monaco.editor.createModel(file.content, languageOf(file.path));
    const stopTheme = followThemeInEditors();
    const created = monaco.editor.create(host.current, {
      model,
      readOnly: true,
      domReadOnly: true,
      automaticLayout: true,
      ariaLabel: messages.editor.label({ name: file.path }),
      fontFamily: '"JetBrains Mono Variable", ui-monospace, Menlo, Consolas, monospace',
      fontSize: 13,
      lineHeight: 20,
      minimap: { enabled: false },
      glyphMargin: false,
      folding: false,
      lineNumbersMinChars: 4,
      lineDecorationsWidth: 14,
      padding: { top: 10, bottom: 10 },
      scrollBeyondLastLine: false,
      renderFinalNewline: "on",
      renderLineHighlight: "none",
      overviewRulerLanes: 0,
      stickyScroll: { enabled: false },
      wordWrap: "on",
    });
    setEditor(created);
    const placed = new Store(placedIn(model.getLinesContent(), build));
    const stopNotes = showStepNotes(created, model, pointing, placed);
    return () => {
      stopNotes();
      stopTheme();
      created.dispose();
      model.dispose();
    };
  }, [file, build, pointing]);
  useEffect(() => {
    if (reveal !== undefined) editor?.revealLineInCenterIfOutsideViewport(reveal.line);
  }, [editor, reveal]);
  return <div ref={host} className="h-full" />;
}
