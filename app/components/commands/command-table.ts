/** Everything that has a name in the palette or keys of its own: one table, which the palette, the help and the keys read. */
export interface CommandEntry {
  /** key of `messages.commands.titles` */
  id: CommandId;
  group: CommandGroup;
  /** `Mod` is Ctrl, or Cmd on a Mac; a second one does the same */
  keys?: readonly string[];
  /** where its keys are left to others: programs in terminals want most of them, Monaco begins chords with Ctrl+K */
  not?: readonly KeyPlace[];
  /** its keys are listened to where they belong (in the editor, the tree, a terminal), not by the page */
  elsewhere?: true;
}

export const commandGroups = ["build", "view", "containers", "workspace", "files", "editor", "terminal"] as const;
export type CommandGroup = (typeof commandGroups)[number];

/** Of what has the focus. `typing`: any other field that takes text. */
export type KeyPlace = "terminal" | "editor" | "typing";

const entries = [
  { id: "build", group: "build", keys: ["Mod+Enter"], not: ["terminal"] },
  { id: "buildWithoutCache", group: "build" },
  { id: "buildWithPull", group: "build" },
  { id: "buildWithSecrets", group: "build" },
  { id: "cancelBuild", group: "build" },
  { id: "run", group: "build" },
  { id: "runOther", group: "build" },
  { id: "palette", group: "view", keys: ["F1", "Mod+K"], not: ["terminal"] },
  { id: "shortcuts", group: "view", keys: ["?"], not: ["terminal", "editor", "typing"] },
  { id: "nextPane", group: "view", keys: ["F6"], elsewhere: true },
  { id: "previousPane", group: "view", keys: ["Shift+F6"], elsewhere: true },
  { id: "resizePane", group: "view", keys: ["←", "→", "↑", "↓"], elsewhere: true },
  { id: "resetPane", group: "view", keys: ["Home"], elsewhere: true },
  { id: "filesPane", group: "view" },
  { id: "editorPane", group: "view" },
  { id: "buildPane", group: "view" },
  { id: "containersPane", group: "view" },
  { id: "terminalPane", group: "view" },
  { id: "steps", group: "view" },
  { id: "timeline", group: "view" },
  { id: "layers", group: "view" },
  { id: "compare", group: "view" },
  { id: "experiment", group: "view" },
  { id: "containers", group: "view" },
  { id: "networks", group: "view" },
  { id: "compose", group: "view" },
  { id: "requests", group: "view" },
  { id: "lightTheme", group: "view" },
  { id: "darkTheme", group: "view" },
  { id: "contrastTheme", group: "view" },
  { id: "systemTheme", group: "view" },
  { id: "together", group: "workspace" },
  { id: "share", group: "workspace" },
  { id: "embedding", group: "workspace" },
  { id: "renameWorkspace", group: "workspace" },
  { id: "newWorkspace", group: "workspace" },
  { id: "newFromExample", group: "workspace" },
  { id: "guide", group: "workspace" },
  { id: "limits", group: "workspace" },
  { id: "download", group: "workspace" },
  { id: "deleteWorkspace", group: "workspace" },
  { id: "newFile", group: "files" },
  { id: "newFolder", group: "files" },
  { id: "upload", group: "files" },
  { id: "unpack", group: "files" },
  { id: "renameFile", group: "files", keys: ["F2"], elsewhere: true },
  { id: "deleteFile", group: "files", keys: ["Delete"], elsewhere: true },
  { id: "suggest", group: "editor", keys: ["Ctrl+Space"], elsewhere: true },
  { id: "explain", group: "editor", keys: ["Shift+F1"], elsewhere: true },
  { id: "quickFix", group: "editor", keys: ["Mod+."], elsewhere: true },
  { id: "find", group: "editor", keys: ["Mod+F"], elsewhere: true },
  { id: "nextMistake", group: "editor", keys: ["F8"], elsewhere: true },
  { id: "tabMovesFocus", group: "editor", keys: ["Ctrl+M"], elsewhere: true },
  { id: "editorCommands", group: "editor" },
  { id: "newTerminal", group: "terminal" },
  { id: "splitTerminal", group: "terminal" },
  { id: "copy", group: "terminal", keys: ["Ctrl+Shift+C"], elsewhere: true },
  { id: "paste", group: "terminal", keys: ["Ctrl+Shift+V", "Ctrl+V"], elsewhere: true },
] as const satisfies readonly (Omit<CommandEntry, "id"> & { id: string })[];

export type CommandId = (typeof entries)[number]["id"];
export const commandTable: readonly CommandEntry[] = entries;

/** What can be done now; what is missing cannot. */
export type CommandRunners = Partial<Record<CommandId, () => void>>;

/** The command whose keys these are, if they are not left to others where the focus is. */
export function commandOf(event: KeyEvent, place: KeyPlace | undefined): CommandId | undefined {
  return commandTable.find(
    ({ keys = [], not = [], elsewhere }) =>
      elsewhere !== true &&
      keys.some((each) => isPressed(each, event)) &&
      (place === undefined || !not.includes(place)),
  )?.id;
}

type KeyEvent = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

function isPressed(keys: string, { key, ctrlKey, metaKey, altKey, shiftKey }: KeyEvent): boolean {
  const parts = keys.split("+");
  const wanted = parts.at(-1) ?? "";
  const mod = parts.includes("Mod");
  // Which key has the question mark, and whether with Shift, is the keyboard's affair.
  const shift = wanted === "?" || shiftKey === parts.includes("Shift");
  return key.toLowerCase() === wanted.toLowerCase() && (ctrlKey || metaKey) === mod && !altKey && shift;
}
