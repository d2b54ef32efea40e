"use client";
import { useEffect, useMemo, useRef, useState } from "react";
import type { ReactNode } from "react";
import type { Snippet } from "#contract/playground-api.ts";
import type { EmbedPane } from "#contract/sharing.ts";
import { errorText, findSnippet } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { showTheme } from "../../lib/theme.ts";
import { recordedBuild } from "../build/build-state.ts";
import { BuildResult } from "../build/build-result.tsx";
import { BuildStatus } from "../build/build-status.tsx";
import { BuildSteps } from "../build/build-steps.tsx";
import { PaneHeader } from "../ui/empty.tsx";
import { Icon } from "../ui/icons.tsx";
import { useMessages } from "../ui/language.tsx";
import { EmbedFiles } from "./embed-files.tsx";
import { EmbedOutput } from "./embed-output.tsx";
import { listenToPage, tellPage } from "./page-messages.ts";

interface EmbedPageProps {
  id: string;
  /** undefined: as the reader's system */
  theme: "light" | "dark" | undefined;
  panes: readonly EmbedPane[];
}

/** A snippet in a frame of another site: the recording alone, without cookies; Run goes on in a tab of its own. */
export function EmbedPage({ id, theme, panes }: EmbedPageProps): ReactNode {
  const words = useMessages();
  const [snippet, setSnippet] = useState<Snippet>();
  const [failure, setFailure] = useState<string>();
  const [path, setPath] = useState<string>();
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => {
    findSnippet(id).then(setSnippet, (error: unknown) => setFailure(errorText(error)));
  }, [id]);
  useEffect(() => (theme === undefined ? undefined : showTheme(theme)), [theme]);
  useEffect(
    () =>
      listenToPage((command) => {
        if (command.drydock === "theme") showTheme(command.theme);
        else setPath(command.path);
      }),
    [],
  );
  useEffect(() => {
    if (content.current === null) return undefined;
    const element = content.current;
    const observer = new ResizeObserver(() =>
      tellPage({ drydock: "height", snippet: id, height: Math.ceil(element.getBoundingClientRect().height) }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [id]);
  return (
    <main ref={content} className="border border-line bg-panel" data-testid="embed">
      <header className="flex h-10 items-center gap-2 border-b border-line px-2.5">
        <Icon name="logo" className="text-accent" />
        <h1 className="min-w-0 flex-1 truncate font-semibold">{snippet?.title || words.snippet.untitled}</h1>
        <a
          href={`/s/${id}`}
          target="_blank"
          rel="noopener"
          onClick={() => tellPage({ drydock: "run", snippet: id })}
          className="inline-flex h-7 items-center gap-1.5 rounded-md bg-accent px-2.5 font-medium text-on-accent hover:bg-accent-strong"
        >
          <Icon name="play" />
          {words.running.embed.run}
        </a>
      </header>
      {failure !== undefined && (
        <p role="alert" className="p-3 text-bad">
          {failure}
        </p>
      )}
      {snippet === undefined ? (
        failure === undefined && (
          <p role="status" className="p-3 text-ink-soft">
            {words.snippet.loading}
          </p>
        )
      ) : (
        <Panes snippet={snippet} panes={panes} path={path} onPath={setPath} />
      )}
    </main>
  );
}

interface PanesProps {
  snippet: Snippet;
  panes: readonly EmbedPane[];
  path: string | undefined;
  onPath: (path: string) => void;
}

function Panes({ snippet, panes, path, onPath }: PanesProps): ReactNode {
  const { build, outputs, files } = snippet;
  const state = useMemo(() => build && recordedBuild(build), [build]);
  const hasBuild = panes.includes("build") && state !== undefined;
  return (
    <div className={hasBuild && panes.includes("files") ? "grid min-[700px]:grid-cols-2" : ""}>
      {panes.includes("files") && <EmbedFiles files={files} path={path} onPath={onPath} />}
      {hasBuild && (
        <section aria-label={messages.snippet.build} className="border-l border-line" data-testid="embed-build">
          <PaneHeader title={messages.snippet.build}>
            <BuildStatus build={state} />
          </PaneHeader>
          <BuildResult build={state} interrupted={messages.snippet.unfinished} />
          <BuildSteps build={state} />
        </section>
      )}
      {panes.includes("output") && outputs.map((output, index) => <EmbedOutput key={index} output={output} />)}
    </div>
  );
}
