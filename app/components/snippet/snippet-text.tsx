"use client";
import { useEffect, useState } from "react";
import type { ComponentType, ReactNode } from "react";
import type { SnippetFile } from "#contract/playground-api.ts";
import { messages } from "../../lib/messages.ts";
import { persistently } from "../../lib/persistently.ts";
import type { Store } from "../../lib/store.ts";
import type { BuildState } from "../build/build-state.ts";
import type { Pointed } from "../build/pointed.ts";
import { loadMonacoWords } from "../editor/monaco-words.ts";

export interface SnippetTextProps {
  file: SnippetFile;
  /** the build whose Dockerfile it is */
  build: BuildState | undefined;
  pointing: Store<Pointed>;
  /** where to go, each time it is another one */
  reveal: { line: number } | undefined;
}

async function loadEditor(): Promise<ComponentType<SnippetTextProps>> {
  await loadMonacoWords();
  return (await import("./snippet-file.tsx")).default;
}

/** A file's text, at once; as soon as the editor is there, in its colours and at the same place. */
export function SnippetText(props: SnippetTextProps): ReactNode {
  const { file } = props;
  const [Editor, setEditor] = useState<ComponentType<SnippetTextProps>>();
  useEffect(() => {
    persistently(loadEditor).then(
      (loaded) => setEditor(() => loaded),
      // All is there but the colours.
      (error: unknown) => console.warn("A part of the page could not be loaded.", error),
    );
  }, []);
  if (Editor !== undefined) return <Editor key={file.path} {...props} />;
  return (
    <pre
      role="region"
      aria-label={messages.editor.label({ name: file.path })}
      // A scrolling region must be reachable by keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      // Where the editor has it: beside its line numbers, as wide, with the same breaks.
      className="m-0 h-full overflow-x-hidden overflow-y-auto py-2.5 pr-4 pl-[calc(round(4ch,1px)+14px)] font-mono text-[13px] leading-5 [overflow-wrap:anywhere] whitespace-pre-wrap"
    >
      {file.content}
    </pre>
  );
}
