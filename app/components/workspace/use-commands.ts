"use client";
import { useMemo } from "react";
import { errorText, openWorkspace } from "../../lib/api.ts";
import { download } from "../../lib/download.ts";
import { useStore } from "../../lib/store.ts";
import { chooseTheme } from "../../lib/theme.ts";
import { type BuildView, buildViews } from "../build/builds-store.ts";
import { useImageToRun } from "../build/use-image-to-run.ts";
import type { CommandRunners } from "../commands/command-table.ts";
import { type RunningView, runningViews } from "../containers/containers-store.ts";
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
  const isBuilt = summary !== undefined;
  return useMemo(() => {
    const { documents } = model;
    const go = (pane: Pane) => () => focusPane(pane, show);
    const look = (name: BuildView) => () => {
      model.builds.view.set(name);
      go("build")();
    };
    const watch = (name: RunningView) => () => {
      model.containers.view.set(name);
      go("containers")();
    };
    const views = <Name extends string>(names: readonly Name[], open: (name: Name) => () => void) =>
      Object.fromEntries(names.map((name) => [name, open(name)]));
    return {
      ...workspaceCommands(model),
      ...(documents.mayEdit
        ? editorsCommands(model, { build, image, running: running || starting, terminal, show })
        : {}),
      ...(isBuilt ? views(buildViews, look) : {}),
      ...views(runningViews, watch),
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
  }, [model, build, show, image, running, starting, active, terminal, isBuilt]);
}

interface Now {
  build: () => void;
  /** that Run would run */
  image: string | undefined;
  running: boolean;
  /** the active one */
  terminal: string | undefined;
  show: (pane: Pane) => void;
}

/** What somebody who looks on cannot. */
function editorsCommands(model: WorkspaceModel, { build, image, running, terminal, show }: Now): CommandRunners {
  const { builds, containers, dialog, files, guide, terminals } = model;
  const wish = (what: NonNullable<typeof files.wish.value>) => () => {
    show("files");
    files.wish.set(what);
  };
  return {
    build,
    ...(running
      ? { cancelBuild: () => void builds.cancel() }
      : {
          buildWithoutCache: () => void builds.build({ noCache: true }),
          buildWithPull: () => void builds.build({ pull: true }),
          buildWithSecrets: () => dialog.set("secrets"),
        }),
    ...(image === undefined ? {} : { run: () => void containers.run({ image }) }),
    runOther: () => dialog.set("run"),
    newFile: wish("file"),
    newFolder: wish("directory"),
    upload: wish("upload"),
    unpack: wish("unpack"),
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
    embedding: () => void window.open("/embedding", "_blank", "noopener"),
    newWorkspace: () => void create(),
    download: () => download(api.tarUrl()),
    lightTheme: () => chooseTheme("light"),
    darkTheme: () => chooseTheme("dark"),
    contrastTheme: () => chooseTheme("contrast"),
    systemTheme: () => chooseTheme("system"),
  };
}
