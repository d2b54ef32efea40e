"use client";
import { useLayoutEffect, useRef } from "react";
import type { ReactNode } from "react";
import type { SnippetFile } from "#contract/playground-api.ts";
import { messages } from "../../lib/messages.ts";
import { followThemeInEditors, languageOf, monaco } from "../editor/monaco-setup.ts";

/** A file of a snippet, to read, in the place of its plain text (`snippet-text.tsx`): before that is seen gone. */
export default function SnippetFileView({ file }: { file: SnippetFile }): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (host.current === null) return undefined;
    const model = monaco.editor.createModel(file.content, languageOf(file.path));
    const stopTheme = followThemeInEditors();
    const editor = monaco.editor.create(host.current, {
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
    return () => {
      stopTheme();
      editor.dispose();
      model.dispose();
    };
  }, [file]);
  return <div ref={host} className="h-full" />;
}
