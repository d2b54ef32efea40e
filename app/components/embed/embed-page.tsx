"use client";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ReactNode } from "react";
import type { Snippet } from "#contract/playground-api.ts";
import type { EmbedCommand, EmbedPane, SnippetAbsence } from "#contract/sharing.ts";
import { errorText, findSnippet } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { Store } from "../../lib/store.ts";
import { showTheme } from "../../lib/theme.ts";
import { recordedBuild } from "../build/build-state.ts";
import { BuildResult } from "../build/build-result.tsx";
import { BuildStatus } from "../build/build-status.tsx";
import { BuildSteps } from "../build/build-steps.tsx";
import type { Pointed } from "../build/pointed.ts";
import { whyAbsent } from "../snippet/snippet-missing.tsx";
import { Button } from "../ui/button.tsx";
import { PaneHeader } from "../ui/empty.tsx";
import { useMessages } from "../ui/language.tsx";
import { part } from "../ui/part.tsx";
import { EmbedFiles } from "./embed-files.tsx";
import { EmbedHeader } from "./embed-header.tsx";
import type { CommandHandler } from "./embed-live.tsx";
import { EmbedOutput } from "./embed-output.tsx";
import { listenToPage, tellPage } from "./page-messages.ts";
import { useHeightTold } from "./use-height-told.ts";
import { useLive } from "./use-live.ts";

/** Editor, sockets and terminals come when the reader wants them: the recording alone is small. */
const EmbedLive = part(() => import("./embed-live.tsx"));

interface EmbedPageProps {
  id: string;
  /** why there is no such snippet; undefined: there is */
  absence: SnippetAbsence | undefined;
  /** undefined: as the reader's system */
  theme: "light" | "dark" | undefined;
  panes: readonly EmbedPane[];
}

/** A snippet in a frame of another site: the recording, and live when its reader presses Run; without cookies. */
export function EmbedPage({ id, absence, theme, panes }: EmbedPageProps): ReactNode {
  const words = useMessages();
  const [snippet, setSnippet] = useState<Snippet>();
  const [failure, setFailure] = useState(absence && whyAbsent(words.snippet, absence));
  const [path, setPath] = useState<string>();
  /** until then the recording stays, that what is around the frame does not jump */
  const [isLiveShown, setLiveShown] = useState(false);
  const content = useRef<HTMLDivElement>(null);
  const liveCommands = useRef<CommandHandler>(undefined);
  const onCommands = useCallback((handler: CommandHandler | undefined): void => {
    liveCommands.current = handler;
  }, []);
  const { state, start, startOver } = useLive(id);
  const [isAsked, setAsked] = useState(false);
  const asked = useRef<Element>(null);
  useEffect(() => {
    if (absence !== undefined) return;
    findSnippet(id).then(setSnippet, (error: unknown) => setFailure(errorText(error)));
  }, [id, absence]);
  useEffect(() => {
    if (snippet !== undefined) tellPage({ drydock: "ready", snippet: id, title: snippet.title });
  }, [id, snippet]);
  useEffect(() => {
    if (state.is === "starting") return;
    const position = state.is === "waiting" ? { position: state.position } : {};
    tellPage({ drydock: "state", snippet: id, state: state.is, ...position });
  }, [id, state]);
  useEffect(() => (theme === undefined ? undefined : showTheme(theme)), [theme]);
  useEffect(() => {
    const obey: CommandHandler = (command) => {
      if (command.drydock === "theme") showTheme(command.theme);
      else if (liveCommands.current !== undefined) return liveCommands.current(command);
      else return showRecorded(command, snippet, setPath);
      return undefined;
    };
    return listenToPage((command) => {
      const reason = obey(command);
      if (reason !== undefined) tellPage({ drydock: "refused", snippet: id, command: command.drydock, reason });
    });
  }, [id, snippet]);
  // Before that it is not as high as it will be.
  useHeightTold(id, content, snippet !== undefined || failure !== undefined);
  const run = (): void => {
    tellPage({ drydock: "run", snippet: id });
    start();
  };
  // Of what cannot be shown nothing can be run or opened.
  const isMissing = snippet === undefined && failure !== undefined;
  const title = isMissing ? words.snippet.missing : snippet?.title || words.snippet.untitled;
  const trouble = failure ?? (state.is === "recording" ? state.failure : undefined);
  return (
    <main ref={content} aria-label={title} className="border border-line bg-panel" data-testid="embed">
      <EmbedHeader
        id={id}
        title={title}
        state={isMissing ? undefined : state}
        onRun={snippet && run}
        onBuild={panes.includes("build") ? () => void liveCommands.current?.({ drydock: "build" }) : undefined}
        onStartOver={() => {
          asked.current = document.activeElement;
          setAsked(true);
        }}
      />
      {state.is === "live" && isAsked && (
        <StartOver
          onYes={() => {
            setAsked(false);
            void startOver();
          }}
          onNo={() => {
            setAsked(false);
            if (asked.current instanceof HTMLElement) asked.current.focus();
          }}
        />
      )}
      {trouble !== undefined && (
        <p role="alert" className="border-b border-line p-3 text-bad">
          {trouble}
        </p>
      )}
      {state.is === "waiting" && (
        <p role="status" className="border-b border-line bg-warn-wash px-3 py-1.5 text-warn" data-testid="embed-queue">
          {words.running.embed.waiting({ position: state.position })}
        </p>
      )}
      {state.is === "live" && !state.kept && (
        <p role="status" className="border-b border-line bg-warn-wash px-3 py-1.5 text-warn" data-testid="embed-unkept">
          {words.running.embed.unkept}
        </p>
      )}
      {snippet === undefined ? (
        failure === undefined && (
          <p role="status" className="p-3 text-ink-soft">
            {words.snippet.loading}
          </p>
        )
      ) : (
        <>
          {state.is === "live" && (
            <EmbedLive
              snippet={id}
              view={state.view}
              files={snippet.files}
              run={state.run}
              panes={panes}
              onCommands={onCommands}
              onShown={setLiveShown}
            />
          )}
          {!(state.is === "live" && isLiveShown) && (
            <Panes snippet={snippet} panes={panes} path={path} onPath={setPath} />
          )}
        </>
      )}
    </main>
  );
}

const focus = (button: HTMLElement | null): void => button?.focus();

/** Asked in its place: a frame has no room for a dialog, and none of the browser's own. */
function StartOver({ onYes, onNo }: { onYes: () => void; onNo: () => void }): ReactNode {
  const words = useMessages().running.embed;
  return (
    <div
      role="group"
      aria-label={words.startOver}
      className="flex flex-wrap items-center gap-2 border-b border-line bg-warn-wash px-3 py-1.5 text-warn"
    >
      <p role="status" className="min-w-48 flex-1">
        {words.startOverText}
      </p>
      <span className="flex gap-2">
        <Button onClick={onYes}>{words.startOver}</Button>
        <Button ref={focus} onClick={onNo}>
          {words.goOn}
        </Button>
      </span>
    </div>
  );
}

function showRecorded(
  command: EmbedCommand,
  snippet: Snippet | undefined,
  onPath: (path: string) => void,
): string | undefined {
  if (command.drydock !== "file") return messages.running.embed.notLive;
  if (snippet?.files.some(({ path }) => path === command.path) !== true) return messages.running.embed.noFile;
  onPath(command.path);
  return undefined;
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
  const [pointing] = useState(() => new Store<Pointed>(undefined));
  const hasBuild = panes.includes("build") && state !== undefined;
  return (
    <div className={hasBuild && panes.includes("files") ? "grid min-[700px]:grid-cols-2" : ""}>
      {panes.includes("files") && (
        <EmbedFiles
          files={files}
          path={path}
          onPath={onPath}
          build={hasBuild ? state : undefined}
          pointing={pointing}
        />
      )}
      {hasBuild && (
        <section aria-label={messages.snippet.build} className="border-l border-line" data-testid="embed-build">
          <PaneHeader title={messages.snippet.build}>
            <BuildStatus build={state} />
          </PaneHeader>
          <BuildResult build={state} interrupted={messages.snippet.unfinished} />
          <BuildSteps build={state} pointing={pointing} />
        </section>
      )}
      {panes.includes("output") && outputs.map((output, index) => <EmbedOutput key={index} output={output} />)}
    </div>
  );
}
