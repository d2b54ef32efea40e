"use client";
import type { ReactNode } from "react";
import type { SnippetFile } from "#contract/playground-api.ts";
import { messages } from "../../lib/messages.ts";
import type { Store } from "../../lib/store.ts";
import { dockerfileOf } from "../build/build-state.ts";
import type { BuildState } from "../build/build-state.ts";
import type { Pointed } from "../build/pointed.ts";
import { firstToRead } from "../files/file-tree-model.ts";
import { PointableText } from "./pointable-text.tsx";

interface EmbedFilesProps {
  files: readonly SnippetFile[];
  path: string | undefined;
  onPath: (path: string) => void;
  build: BuildState | undefined;
  pointing: Store<Pointed>;
}

/** The files as plain text: no editor is loaded into other people's pages. */
export function EmbedFiles({ files, path, onPath, build, pointing }: EmbedFilesProps): ReactNode {
  const shown = path ?? firstToRead(files.map((each) => each.path));
  const file = files.find((each) => each.path === shown);
  return (
    <section aria-label={messages.snippet.files} className="min-w-0">
      <ul className="flex overflow-x-auto border-b border-line">
        {files.map((each) => (
          <li key={each.path} className="shrink-0">
            <button
              type="button"
              aria-current={each === file ? "true" : undefined}
              onClick={() => onPath(each.path)}
              className={`h-8 border-r border-line px-2.5 text-xs -outline-offset-2 ${each === file ? "text-ink shadow-[inset_0_-2px_0_var(--accent)]" : "text-ink-soft"}`}
            >
              {each.path}
            </button>
          </li>
        ))}
      </ul>
      <pre
        // A scrolling region must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        aria-label={file?.path}
        role="region"
        className="m-0 max-h-96 overflow-auto p-3 font-mono text-xs"
      >
        {file?.encoding !== "utf8" ? (
          messages.snippet.binary
        ) : build !== undefined && file.path === dockerfileOf(build.summary) ? (
          <PointableText text={file.content} build={build} pointing={pointing} />
        ) : (
          file.content
        )}
      </pre>
    </section>
  );
}
