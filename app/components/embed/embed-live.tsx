"use client";
import { useCallback, useEffect, useLayoutEffect, useState } from "react";
import type { ReactNode } from "react";
import type { SnippetFile, WorkspaceView } from "#contract/playground-api.ts";
import type { EmbedCommand, EmbedPane } from "#contract/sharing.ts";
import { errorText } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { until, useStore } from "../../lib/store.ts";
import { BuildPanel } from "../build/build-panel.tsx";
import { useCommandKeys } from "../commands/use-command-keys.ts";
import { ContainerPanel } from "../containers/container-panel.tsx";
import { EditorPane } from "../editor/editor-pane.tsx";
import { isDockerfile } from "../files/file-tree-model.ts";
import { TerminalPanel } from "../terminals/terminal-panel.tsx";
import { NoticeList } from "../ui/notices.tsx";
import { ConnectionBanner } from "../workspace/connection-banner.tsx";
import { IdleBanner } from "../workspace/idle-banner.tsx";
import { WorkspaceContext } from "../workspace/workspace-context.tsx";
import { WorkspaceModel } from "../workspace/workspace-model.ts";
import { tellPage } from "./page-messages.ts";

/** Files that are open in their tabs from the beginning, at most. */
const mostTabs = 6;
const words = messages.running.embed;

/** Does a command of the page around; what is returned is why not. */
export type CommandHandler = (command: EmbedCommand) => string | undefined;

interface EmbedLiveProps {
  snippet: string;
  view: WorkspaceView;
  files: readonly SnippetFile[];
  /** to be built and run at once */
  run: boolean;
  panes: readonly EmbedPane[];
  /** told who obeys the page around now */
  onCommands: (handler: CommandHandler | undefined) => void;
  onShown: (isShown: boolean) => void;
}

/** The chosen panes of a workspace of the frame's own. */
export default function EmbedLive(props: EmbedLiveProps): ReactNode {
  const { snippet, view, files, run, panes, onCommands, onShown } = props;
  const [model, setModel] = useState<WorkspaceModel>();
  useEffect(() => {
    const opened = new WorkspaceModel(view);
    opened.start({ run });
    setModel(opened);
    void openFiles(opened, files);
    const stops = [tellOfBuilds(snippet, opened), tellOfContainers(snippet, opened)];
    let before: Promise<unknown> = Promise.resolve();
    /** One after the other: what is built is what was written. */
    const inTurn = (act: () => Promise<unknown>): void => {
      before = before.then(act).catch((error: unknown) => opened.notices.show("error", errorText(error)));
    };
    onCommands((command) => obey(command, opened, { panes, inTurn }));
    return () => {
      onCommands(undefined);
      for (const stop of stops) stop();
      opened.stop();
    };
  }, [snippet, view, files, run, panes, onCommands]);
  useLayoutEffect(() => {
    if (model === undefined) return undefined;
    onShown(true);
    return () => onShown(false);
  }, [model, onShown]);
  if (model === undefined) return null;
  return (
    <WorkspaceContext value={model}>
      <LivePanes model={model} panes={panes} />
      <NoticeList notices={model.notices} />
    </WorkspaceContext>
  );
}

function LivePanes({ model, panes }: { model: WorkspaceModel; panes: readonly EmbedPane[] }): ReactNode {
  const asked = useStore(model.terminals.asked) > 0;
  const build = useCallback((): void => void model.builds.build(), [model]);
  useCommandKeys({ build });
  const showsRunning = useShowsRunning(model) || panes.includes("output");
  const openTerminal = (container: string): void => void model.terminals.open(container);
  const both = panes.includes("files") && panes.includes("build");
  const wide = both ? "min-[700px]:col-span-2" : "";
  return (
    <div data-testid="embed-live">
      <ConnectionBanner />
      <IdleBanner />
      <div className={both ? "grid min-[700px]:grid-cols-2" : ""}>
        {panes.includes("files") && (
          <div className="h-80 min-w-0">
            <EditorPane />
          </div>
        )}
        {panes.includes("build") && (
          <div className="h-80 min-w-0 overflow-hidden border-line max-[700px]:border-t min-[700px]:border-l">
            <BuildPanel onBuild={build} enlarged={false} onEnlarge={undefined} />
          </div>
        )}
        {showsRunning && (
          <div className={`h-96 min-w-0 overflow-hidden border-t border-line ${wide}`}>
            <ContainerPanel onTerminal={openTerminal} enlarged={false} onEnlarge={undefined} />
          </div>
        )}
        {(panes.includes("terminal") || asked) && (
          <div className={`h-72 min-w-0 overflow-hidden border-t border-line ${wide}`}>
            <TerminalPanel />
          </div>
        )}
      </div>
    </div>
  );
}

/** What was run by a button is seen, also where its author did not think of it; and after a reload what is there. */
function useShowsRunning({ containers }: WorkspaceModel): boolean {
  const ran = useStore(containers.ran) > 0;
  const [had, setHad] = useState(false);
  useEffect(() => {
    void until(containers.list, (list) => list !== undefined).then((list = []) => setHad(list.length > 0));
  }, [containers]);
  return ran || had;
}

/** In the order in which they were shared; the Dockerfile is seen. */
async function openFiles({ documents }: WorkspaceModel, files: readonly SnippetFile[]): Promise<void> {
  const texts = files.filter(({ encoding }) => encoding === "utf8").slice(0, mostTabs);
  for (const { path } of texts) await documents.show(path);
  const first = texts.find(({ path }) => isDockerfile(path)) ?? texts[0];
  if (first !== undefined) await documents.show(first.path);
}

function obey(
  command: EmbedCommand,
  { api, builds, documents, files, terminals }: WorkspaceModel,
  { panes, inTurn }: { panes: readonly EmbedPane[]; inTurn: (act: () => Promise<unknown>) => void },
): string | undefined {
  switch (command.drydock) {
    case "file":
      if (!(files.entries.value ?? []).some(({ path, kind }) => path === command.path && kind === "file")) {
        return words.noFile;
      }
      inTurn(() => documents.show(command.path));
      return undefined;
    case "write":
      inTurn(async () => {
        await api.writeFile(command.path, command.text);
        await documents.show(command.path);
      });
      return undefined;
    case "build":
      inTurn(() => builds.build());
      return undefined;
    case "type":
      if (!panes.includes("terminal")) return words.noTerminal;
      inTurn(() => terminals.type("page", command.text));
      return undefined;
    default:
      return undefined;
  }
}

function tellOfBuilds(snippet: string, { builds }: WorkspaceModel): () => void {
  let told = "";
  return builds.shown.subscribe(() => {
    const summary = builds.shown.value?.summary;
    if (summary === undefined || told === `${summary.id} ${summary.status}`) return;
    told = `${summary.id} ${summary.status}`;
    tellPage({ drydock: "build", snippet, status: summary.status });
  });
}

function tellOfContainers(snippet: string, { containers }: WorkspaceModel): () => void {
  const told = new Map<string, string>();
  return containers.list.subscribe(() => {
    for (const { id, name, state, exitCode } of containers.list.value ?? []) {
      if (told.get(id) === state) continue;
      told.set(id, state);
      tellPage({ drydock: "container", snippet, name, state, ...(exitCode === undefined ? {} : { exitCode }) });
    }
  });
}
