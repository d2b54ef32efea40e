"use client";
import type { ReactNode } from "react";
import { errorText } from "../../lib/api.ts";
import { useStore } from "../../lib/store.ts";
import type { CommandRunners } from "../commands/command-table.ts";
import { dialogPart } from "../ui/dialog-part.tsx";
import { DeleteWorkspaceDialog } from "./delete-workspace-dialog.tsx";
import { RenameDialog } from "./rename-dialog.tsx";
import { useWorkspace } from "./workspace-context.tsx";

const TogetherDialog = dialogPart(() => import("../together/together-dialog.tsx"));
const CommandPalette = dialogPart(() => import("../commands/command-palette.tsx"));
const ShortcutsDialog = dialogPart(() => import("../commands/shortcuts-dialog.tsx"));
const ShareDialog = dialogPart(() => import("../share/share-dialog.tsx"));
const SecretsDialog = dialogPart(() => import("../build/secrets-dialog.tsx"));
const RunDialog = dialogPart(() => import("../containers/run-dialog.tsx"));
const ExampleDialog = dialogPart(() => import("./example-dialog.tsx"));
const LimitsDialog = dialogPart(() => import("./limits-dialog.tsx"));

/** The dialog that is open, whatever opened it: a button, a menu, a key or the palette. */
export function WorkspaceDialogs({
  runners,
  onOpen,
}: {
  runners: CommandRunners;
  onOpen: (path: string) => void;
}): ReactNode {
  const { dialog, view, api, notices } = useWorkspace();
  const open = useStore(dialog);
  const { name } = useStore(view);
  const close = (): void => dialog.set(undefined);
  switch (open) {
    case "palette":
      return <CommandPalette runners={runners} onOpen={onOpen} onClose={close} />;
    case "shortcuts":
      return <ShortcutsDialog onClose={close} />;
    case "share":
      return <ShareDialog onClose={close} />;
    case "secrets":
      return <SecretsDialog onClose={close} />;
    case "run":
      return <RunDialog onClose={close} />;
    case "together":
      return <TogetherDialog onClose={close} />;
    case "limits":
      return <LimitsDialog onClose={close} />;
    case "delete":
      return <DeleteWorkspaceDialog onClose={close} />;
    case "examples":
      return <ExampleDialog onClose={close} />;
    case "rename": {
      const rename = async (next: string): Promise<void> => {
        close();
        try {
          view.set(await api.rename(next));
        } catch (error) {
          notices.show("error", errorText(error));
        }
      };
      return <RenameDialog name={name} onClose={close} onRename={rename} />;
    }
    default:
      return null;
  }
}
