import type { IconName } from "../ui/icons.tsx";

export type Pane = "files" | "editor" | "build" | "containers" | "terminal";

/** In the order of F6 and of the tabs. */
export const panes: readonly { pane: Pane; icon: IconName }[] = [
  { pane: "files", icon: "folder" },
  { pane: "editor", icon: "file" },
  { pane: "build", icon: "hammer" },
  { pane: "containers", icon: "box" },
  { pane: "terminal", icon: "terminal" },
];
