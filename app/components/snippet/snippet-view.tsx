"use client";
import { useMemo, useState } from "react";
import type { ReactNode } from "react";
import type { Snippet, SnippetFile, SnippetOutput } from "#contract/playground-api.ts";
import { ago } from "../../lib/format.ts";
import { LineBuffer } from "../../lib/line-buffer.ts";
import { messages } from "../../lib/messages.ts";
import { Store } from "../../lib/store.ts";
import { dockerfileOf, recordedBuild } from "../build/build-state.ts";
import { BuildResult } from "../build/build-result.tsx";
import { BuildStatus } from "../build/build-status.tsx";
import { BuildSteps } from "../build/build-steps.tsx";
import type { Pointed } from "../build/pointed.ts";
import { firstToRead } from "../files/file-tree-model.ts";
import { endingText } from "../containers/ending.tsx";
import { PaneHeader } from "../ui/empty.tsx";
import { Icon } from "../ui/icons.tsx";
import { Toggle } from "../ui/toggle.tsx";
import { part } from "../ui/part.tsx";
import { VirtualLines } from "../ui/virtual-lines.tsx";
import { SnippetText } from "./snippet-text.tsx";

const words = messages.running;

const SnippetChanges = part(() => import("../snippet-changes/snippet-changes.tsx"));
const RecordedTerminal = part(() => import("./recorded-terminal.tsx"));

interface SnippetViewProps {
  snippet: Snippet;
  /** what is said of it: why nothing runs */
  note?: string;
}

/** Files on the left, what they did on the right; beneath each other where there is little room. */
export function SnippetView({ snippet, note }: SnippetViewProps): ReactNode {
  const [path, setPath] = useState(() => firstToRead(snippet.files.map((file) => file.path)));
  const [comparing, setComparing] = useState(false);
  const [pointing] = useState(() => new Store<Pointed>(undefined));
  const [reveal, setReveal] = useState<{ line: number }>();
  const file = snippet.files.find((each) => each.path === path);
  const { build, outputs, omittedOutputs = [] } = snippet;
  const state = useMemo(() => build && recordedBuild(build), [build]);
  const dockerfile = snippet.files.find((each) => state !== undefined && each.path === dockerfileOf(state.summary));
  const links = dockerfile && {
    onReveal: (line: number): void => {
      setPath(dockerfile.path);
      setReveal({ line });
    },
  };
  const isBuilt = file !== undefined && file === dockerfile;
  return (
    <main className="flex min-h-0 flex-1 flex-col">
      <p className="flex shrink-0 items-center gap-2 border-b border-line bg-accent-wash px-3 py-1.5 text-xs text-ink-soft">
        <Icon name="clock" className="size-3.5" />
        {messages.snippet.recorded({ when: ago(snippet.createdAt) })}. {note ?? messages.snippet.notLive}
        {snippet.parent !== undefined && (
          <Toggle pressed={comparing} onChange={setComparing}>
            {words.versions.changes}
          </Toggle>
        )}
      </p>
      {comparing && snippet.parent !== undefined && <SnippetChanges snippet={snippet} parent={snippet.parent} />}
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_minmax(0,30rem)] max-[900px]:block max-[900px]:overflow-y-auto">
        <section
          aria-label={messages.snippet.files}
          className="flex min-h-0 flex-col border-r border-line bg-panel max-[900px]:h-[55vh] max-[900px]:border-r-0 max-[900px]:border-b"
        >
          <FileTabs files={snippet.files} path={path} onChoose={setPath} />
          {file && (
            <div className="min-h-0 flex-1">
              {file.encoding === "utf8" ? (
                <SnippetText
                  file={file}
                  build={isBuilt ? state : undefined}
                  pointing={pointing}
                  reveal={isBuilt ? reveal : undefined}
                />
              ) : (
                <p className="p-4 text-ink-soft">{messages.snippet.binary}</p>
              )}
            </div>
          )}
          {snippet.omittedFiles.length > 0 && (
            <p
              className="border-t border-line px-3 py-1.5 text-xs text-ink-soft"
              title={snippet.omittedFiles.join("\n")}
            >
              {messages.snippet.omitted({ count: snippet.omittedFiles.length })}
            </p>
          )}
        </section>
        <div className="min-h-0 overflow-y-auto bg-panel max-[900px]:overflow-visible">
          <section aria-label={messages.snippet.build} className="border-b border-line" data-testid="snippet-build">
            <PaneHeader title={messages.snippet.build}>
              {state && (
                <span className="mr-1.5">
                  <BuildStatus build={state} />
                </span>
              )}
            </PaneHeader>
            {state ? (
              <>
                <BuildResult build={state} interrupted={messages.snippet.unfinished} {...links} />
                <BuildSteps build={state} pointing={pointing} {...links} />
              </>
            ) : (
              <p className="p-3 text-ink-soft">{messages.snippet.noBuild}</p>
            )}
          </section>
          {outputs.map((output, index) => (
            // A snippet never changes: places are as good as names.
            <Output key={index} output={output} />
          ))}
          {omittedOutputs.length > 0 && (
            <p className="px-3 py-1.5 text-xs text-ink-soft" title={omittedOutputs.join("\n")}>
              {messages.snippet.omittedOutputs({ count: omittedOutputs.length })}
            </p>
          )}
          {outputs.length === 0 && <p className="p-3 text-ink-soft">{messages.snippet.noOutput}</p>}
        </div>
      </div>
    </main>
  );
}

function FileTabs({
  files,
  path,
  onChoose,
}: {
  files: SnippetFile[];
  path: string | undefined;
  onChoose: (path: string) => void;
}): ReactNode {
  return (
    <div
      role="tablist"
      aria-label={messages.snippet.files}
      className="flex h-9 shrink-0 overflow-x-auto border-b border-line"
    >
      {files.map((file) => (
        <button
          key={file.path}
          type="button"
          role="tab"
          aria-selected={file.path === path}
          onClick={() => onChoose(file.path)}
          className={`shrink-0 border-r border-line px-3 ${file.path === path ? "text-ink shadow-[inset_0_-2px_0_var(--accent)]" : "bg-ground text-ink-soft hover:text-ink"}`}
        >
          {file.path}
        </button>
      ))}
    </div>
  );
}

function Output({ output }: { output: SnippetOutput }): ReactNode {
  const lines = useMemo(() => {
    const buffer = new LineBuffer();
    buffer.append(output.text);
    return buffer;
  }, [output]);
  return (
    <section
      // The lines of a container have a name of their own.
      aria-label={output.kind === "terminal" ? output.title : undefined}
      className="border-b border-line"
      data-testid="snippet-output"
    >
      <PaneHeader title={output.title}>
        {output.exitCode !== undefined && <span className="shrink-0 text-xs text-ink-soft">{endingText(output)}</span>}
      </PaneHeader>
      {output.omitted > 0 && <p className="px-3 pt-1.5 text-xs text-ink-faint">{messages.snippet.earlier}</p>}
      {output.kind === "terminal" ? (
        <RecordedTerminal text={output.text} title={output.title} columns={output.columns} />
      ) : (
        <VirtualLines lines={lines.lines} version={lines.version} maximumHeight={280} label={output.title} />
      )}
    </section>
  );
}
