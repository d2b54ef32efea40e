"use client";
import { useMemo } from "react";
import { errorText, openWorkspace } from "../../lib/api.ts";
import { download } from "../../lib/download.ts";
import { useStore } from "../../lib/store.ts";
import { chooseTheme } from "../../lib/theme.ts";
import { useImageToRun } from "../build/use-image-to-run.ts";
import type { CommandRunners } from "../commands/command-table.ts";
import { focusPane } from "../panes/use-pane-keys.ts";
import { useWorkspace } from "./workspace-context.tsx";
import type { WorkspaceModel } from "./workspace-model.ts";
import type { Pane } from "./workspace-panes.ts";

/** What can be done now, by its command. */
export function useCommands(build: () => void, show: (pane: Pane) => void): CommandRunners {
  const model = useWorkspace();
  const summary = useStore(model.builds.shown)?.summary;
  const starting = useStore(model.builds.starting);
  const active = useStore(model.documents.active);
  const image = useImageToRun()?.image;
  const terminal = useStore(model.terminals.active);
  const running = summary?.status === "running";
  return useMemo(() => {
    const { documents } = model;
    const go = (pane: Pane) => () => focusPane(pane, show);
    return {
      ...workspaceCommands(model),
      ...(documents.mayEdit ? editorsCommands(model, { build, image, running: running || starting, terminal }) : {}),
      ...(active === undefined
        ? {}
        : {
            explain: () => documents.action.set("editor.action.showHover"),
            editorCommands: () => documents.action.set("editor.action.quickCommand"),
          }),
      filesPane: go("files"),
      editorPane: go("editor"),
      buildPane: go("build"),
      containersPane: go("containers"),
      terminalPane: go("terminal"),
    };
  }, [model, build, show, image, running, starting, active, terminal]);
}

interface Now {
  build: () => void;
  /** that Run would run */
  image: string | undefined;
  running: boolean;
  /** the active one */
  terminal: string | undefined;
}

/** What somebody who looks on cannot. */
function editorsCommands(model: WorkspaceModel, { build, image, running, terminal }: Now): CommandRunners {
  const { builds, containers, dialog, guide, terminals } = model;
  return {
    build,
    ...(running
      ? { cancelBuild: () => void builds.cancel() }
      : {
          buildWithoutCache: () => void builds.build({ noCache: true }),
          buildWithPull: () => void builds.build({ pull: true }),
        }),
    ...(image === undefined ? {} : { run: () => void containers.run({ image }) }),
    newTerminal: () => void terminals.open(),
    ...(terminal === undefined ? {} : { splitTerminal: () => void terminals.split() }),
    share: () => dialog.set("share"),
    guide: () => guide.begin(),
  };
}

function workspaceCommands({ api, dialog, notices, view }: WorkspaceModel): CommandRunners {
  const create = async (): Promise<void> => {
    try {
      location.assign(`/w/${(await openWorkspace({ fresh: true })).id}`);
    } catch (error) {
      notices.show("error", errorText(error));
    }
  };
  return {
    palette: () => dialog.set("palette"),
    shortcuts: () => dialog.set("shortcuts"),
    together: () => dialog.set("together"),
    ...(view.value.role === "owner"
      ? { renameWorkspace: () => dialog.set("rename"), deleteWorkspace: () => dialog.set("delete") }
      : {}),
    newFromExample: () => dialog.set("examples"),
    limits: () => dialog.set("limits"),
    newWorkspace: () => void create(),
    download: () => download(api.tarUrl()),
    lightTheme: () => chooseTheme("light"),
    darkTheme: () => chooseTheme("dark"),
    contrastTheme: () => chooseTheme("contrast"),
    systemTheme: () => chooseTheme("system"),
  };
}
