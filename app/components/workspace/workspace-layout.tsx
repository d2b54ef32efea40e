"use client";
import { useCallback, useEffect, useState } from "react";
import type { CSSProperties, ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { BuildPanel } from "../build/build-panel.tsx";
import { ContainerPanel } from "../containers/container-panel.tsx";
import { EditorPane } from "../editor/editor-pane.tsx";
import { useCommandKeys } from "../commands/use-command-keys.ts";
import { Guide } from "../guide/guide.tsx";
import { FileTree } from "../files/file-tree.tsx";
import { Splitter } from "../panes/splitter.tsx";
import { useEscape } from "../panes/use-escape.ts";
import { useKeptFocus } from "../panes/use-kept-focus.ts";
import { useNarrow } from "../panes/use-narrow.ts";
import { usePaneKeys } from "../panes/use-pane-keys.ts";
import { usePaneSizes } from "../panes/use-pane-sizes.ts";
import { useVisibleHeight } from "../panes/use-visible-height.ts";
import { Comings } from "../together/comings.tsx";
import { TogetherNote } from "../together/people-bar.tsx";
import { useGoingAlong } from "../together/use-going-along.ts";
import { TerminalPanel } from "../terminals/terminal-panel.tsx";
import { Icon } from "../ui/icons.tsx";
import { usePageTitle } from "../ui/use-page-title.ts";
import { ConnectionBanner } from "./connection-banner.tsx";
import { IdleBanner } from "./idle-banner.tsx";
import { useWorkspace } from "./workspace-context.tsx";
import { useCommands } from "./use-commands.ts";
import { WorkspaceDialogs } from "./workspace-dialogs.tsx";
import { WorkspaceHeader } from "./workspace-header.tsx";
import { panes } from "./workspace-panes.ts";
import type { Pane } from "./workspace-panes.ts";

const paneOrder = panes.map(({ pane }) => pane);

/** Files | editor over terminal | build over containers. With little room: one of them at a time. */
export function WorkspaceLayout(): ReactNode {
  const { builds, containers, documents, terminals } = useWorkspace();
  const narrow = useNarrow();
  const [pane, setShown] = useState<Pane>("editor");
  const [enlarged, setEnlarged] = useState<Pane>();
  const { sizes, resize, reset } = usePaneSizes();

  // What is wanted of another pane is seen there: the enlarged one gives way.
  const setPane = useCallback((next: Pane): void => {
    setShown(next);
    setEnlarged((before) => (before === next ? before : undefined));
  }, []);
  const enlarge = useCallback((which: Pane): void => {
    setShown(which);
    setEnlarged((before) => (before === which ? undefined : which));
  }, []);
  useEscape(
    enlarged !== undefined && !narrow,
    useCallback(() => setEnlarged(undefined), []),
  );
  const build = useCallback((): void => {
    setPane("build");
    void builds.build();
  }, [builds, setPane]);
  const openTerminal = useCallback((container: string): void => void terminals.open(container), [terminals]);
  const asked = useStore(terminals.asked);
  useEffect(() => {
    if (asked > 0) setPane("terminal");
  }, [asked, setPane]);
  const ran = useStore(containers.ran);
  useEffect(() => {
    if (ran > 0) setPane("containers");
  }, [ran, setPane]);
  const reveal = useStore(builds.reveal);
  useEffect(() => {
    if (reveal?.focus) setPane("editor");
  }, [reveal, setPane]);
  const openFile = useCallback(
    (path: string, toWrite = false): void => {
      void documents.show(path);
      if (toWrite) builds.reveal.set({ path, line: 1, focus: true });
      setPane("editor");
    },
    [builds, documents, setPane],
  );
  const runners = useCommands(build, setPane);
  useCommandKeys(runners);
  usePaneKeys(paneOrder, setPane);
  useKeptFocus();
  useVisibleHeight();
  useGoingAlong(pane, setPane);
  usePageTitle(useTitle());

  // Every pane stays where it is in the tree: editor and terminals keep their state when the layout changes.
  const single = narrow || enlarged !== undefined;
  const place = (name: Pane, area: string): { "data-pane": Pane; className: string; style: CSSProperties } =>
    single
      ? {
          "data-pane": name,
          className: `min-h-0 min-w-0 ${name === pane ? "" : "hidden"}`,
          style: { gridArea: "1 / 1" },
        }
      : { "data-pane": name, className: "min-h-0 min-w-0 overflow-hidden", style: { gridArea: area } };
  const grid: CSSProperties = single
    ? { gridTemplate: "minmax(0, 1fr) / minmax(0, 1fr)" }
    : {
        gridTemplateColumns: `${sizes.files}px 1px minmax(200px, 1fr) 1px min(${sizes.right}px, 60vw)`,
        gridTemplateRows: `minmax(120px, 1fr) 1px min(${sizes.bottom}px, 75vh)`,
      };

  return (
    <div className="flex h-[var(--visible-height,100dvh)] flex-col">
      <WorkspaceHeader runners={runners} />
      <ConnectionBanner />
      <IdleBanner />
      <TogetherNote />
      <Comings />
      {documents.mayEdit && <Guide show={setPane} />}
      <main className="grid min-h-0 flex-1" style={grid}>
        <div {...place("files", "1 / 1 / 4 / 2")}>
          <FileTree onOpen={openFile} />
        </div>
        <div {...place("editor", "1 / 3")}>
          <EditorPane />
        </div>
        <div {...place("terminal", "3 / 3")}>
          <TerminalPanel />
        </div>
        <div {...place("build", "1 / 5")}>
          <BuildPanel
            onBuild={build}
            enlarged={enlarged === "build" && !narrow}
            onEnlarge={narrow ? undefined : () => enlarge("build")}
          />
        </div>
        <div {...place("containers", "3 / 5")}>
          <ContainerPanel
            onTerminal={openTerminal}
            enlarged={enlarged === "containers" && !narrow}
            onEnlarge={narrow ? undefined : () => enlarge("containers")}
          />
        </div>
        {!single && (
          <>
            <div style={{ gridArea: "1 / 2 / 4 / 3" }} className="flex">
              <Splitter
                direction="horizontal"
                label={messages.workspace.resize.files}
                value={sizes.files}
                minimum={140}
                maximum={480}
                onChange={(size) => resize("files", size)}
                onReset={() => reset("files")}
              />
            </div>
            <div style={{ gridArea: "1 / 4 / 4 / 5" }} className="flex">
              <Splitter
                direction="horizontal"
                label={messages.workspace.resize.build}
                value={sizes.right}
                minimum={280}
                maximum={1000}
                inverted
                onChange={(size) => resize("right", size)}
                onReset={() => reset("right")}
              />
            </div>
            <div style={{ gridArea: "2 / 3 / 3 / 6" }} className="flex flex-col">
              <Splitter
                direction="vertical"
                label={messages.workspace.resize.bottom}
                value={sizes.bottom}
                minimum={100}
                maximum={1200}
                inverted
                onChange={(size) => resize("bottom", size)}
                onReset={() => reset("bottom")}
              />
            </div>
          </>
        )}
      </main>
      {narrow && <PaneTabs pane={pane} onChange={setPane} />}
      <WorkspaceDialogs runners={runners} onOpen={(path) => openFile(path, true)} />
    </div>
  );
}

/** The workspace, and how its build stands: for who looks at another tab meanwhile. */
function useTitle(): string {
  const { view, builds } = useWorkspace();
  const { name } = useStore(view);
  const starting = useStore(builds.starting);
  const status = useStore(builds.shown)?.summary.status;
  const state = starting ? "running" : status;
  return state === "running" || state === "failed" ? `${name} – ${messages.build[state]}` : name;
}

function PaneTabs({ pane, onChange }: { pane: Pane; onChange: (pane: Pane) => void }): ReactNode {
  const { builds, containers } = useWorkspace();
  const status = useStore(builds.shown)?.summary.status;
  const running = (useStore(containers.list) ?? []).filter((container) => container.state === "running").length;
  const badge: Partial<Record<Pane, string>> = {
    ...(status === "running" ? { build: "bg-accent" } : status === "failed" ? { build: "bg-bad" } : {}),
    ...(running > 0 ? { containers: "bg-good" } : {}),
  };
  return (
    <nav
      aria-label={messages.product.name}
      className="grid shrink-0 grid-cols-5 border-t border-line bg-panel pb-[env(safe-area-inset-bottom)]"
    >
      {panes.map((each) => (
        <button
          key={each.pane}
          type="button"
          aria-current={each.pane === pane ? "page" : undefined}
          onClick={() => onChange(each.pane)}
          className={`relative flex h-13 flex-col items-center justify-center gap-0.5 text-2xs font-medium ${each.pane === pane ? "text-accent" : "text-ink-soft"}`}
        >
          <Icon name={each.icon} className="size-5" />
          {messages.workspace.panes[each.pane]}
          {badge[each.pane] && (
            <span className={`absolute top-2 left-[calc(50%+0.6rem)] size-2 rounded-full ${badge[each.pane]}`} />
          )}
        </button>
      ))}
    </nav>
  );
}
