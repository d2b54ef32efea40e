import type { WorkspacePane } from "#contract/together-events.ts";
import type { IconName } from "../ui/icons.tsx";

export type Pane = WorkspacePane;

/** In the order of F6 and of the tabs. */
export const panes: readonly { pane: Pane; icon: IconName }[] = [
  { pane: "files", icon: "folder" },
  { pane: "editor", icon: "file" },
  { pane: "build", icon: "hammer" },
  { pane: "containers", icon: "box" },
  { pane: "terminal", icon: "terminal" },
];
