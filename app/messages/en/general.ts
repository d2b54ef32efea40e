export const general = {
  product: {
    name: "Drydock",
    description:
      "Write a Dockerfile, build it, run it, open a terminal in it: in the browser, on an engine of its own.",
  },
  preferences: {
    menu: "Appearance and language",
    theme: "Theme",
    themes: { system: "As the system", light: "Light", dark: "Dark", contrast: "High contrast" },
    language: "Language",
    browserLanguage: "As the browser",
    unreached: "The server cannot be reached: the language changes when the page is next loaded.",
  },
  examples: {
    menu: "New from example…",
    title: "New from example",
    text: "Opens a new workspace with the example's files. This one stays as it is.",
    list: "Examples",
  },
  preview: {
    title: "Preview",
    nothing: "Nothing to show here",
  },
  notFound: {
    title: "Nothing is moored here",
    text: "The address may be incomplete.",
    home: "Open your workspace",
  },
  workspace: {
    opening: "Opening your workspace…",
    failed: "Your workspace could not be opened",
    retry: "Try again",
    menu: "Workspaces",
    yours: "Your workspaces",
    create: "New workspace",
    rename: "Rename workspace",
    name: "Workspace name",
    deletion: {
      menu: "Delete this workspace…",
      title: "Delete {name}?",
      text: "Its files, images, containers, volumes and builds will be gone for good. Snippets that you have shared stay until you take them back, under Share.",
      yes: "Delete the workspace",
    },
    lives:
      "In this browser only. After {stop} without use its containers are stopped, after {end} a recording of it is all that is kept.",
    panes: { files: "Files", editor: "Editor", build: "Build", containers: "Run", terminal: "Terminal" },
    resize: { files: "Resize files", build: "Resize build", bottom: "Resize terminal" },
    leaveHint: "F6: next pane · Shift+F6: tabs",
    leaveDescription:
      "Press F6 to move to the next pane, or Shift+F6 to move to the tabs and then to the previous pane.",
  },
  places: {
    title: "{name} – number {position} in the queue",
    position: "All places are taken: you are number {position} in the queue.",
    text: "It goes on by itself as soon as there is one.",
    meanwhile: "Meanwhile, this is the recording.",
    empty: "Your workspace opens here. You may leave this page open in the background.",
    revive: "Make it live again",
    expired:
      "Nobody used this workspace for {time}: what ran in it is gone. These are its files and what they did: one press makes it live again.",
    expiredOfOther:
      "Nobody used this workspace for {time}: what ran in it is gone. These are its files and what they did; its owner can make it live again.",
  },
  loading: {
    title: "The page could not be loaded",
    text: "Part of it did not arrive, even after several attempts. Are you online?",
    sandboxed:
      "The page around this frame keeps it in a sandbox in which nothing of it can be loaded: its author can allow it with allow-same-origin. Until then it is in a tab of its own:",
    part: "This part of the page could not be loaded. You may be offline, or the playground may be newer than the page. Everything that you have saved is safe.",
    dialog: "A part of the page is missing",
    reload: "Reload",
  },
  connection: {
    offline: "The connection is lost. What you write is kept, and saved when it is back. Trying again…",
    engineDown:
      "The engine is restarting. Your containers keep running, and this page carries on as soon as it is back.",
    unknown: "not known now",
    reload: "Reload",
  },
  actions: {
    build: "Build",
    cancel: "Cancel",
    run: "Run",
    share: "Share",
    close: "Close",
    save: "Save",
    delete: "Delete",
    menu: "Menu",
    undo: "Undo",
    really: "Really?",
    rename: "Rename",
    dismiss: "Dismiss",
  },
  time: {
    justNow: "just now",
    hours: "{count, plural, one {# hour} other {# hours}}",
    days: "{count, plural, one {# day} other {# days}}",
  },
  errors: {
    network: "The server cannot be reached.",
    unknown: "Something went wrong.",
    reasons: {
      "engine-away": "The engine is not answering. It may be restarting: the page goes on as soon as it is back.",
      expired:
        "Nobody has used this workspace for long: what ran in it is gone, its files are kept. Open it anew to have it live again.",
      waiting: "All places on this playground are taken. Your workspace has one in the queue.",
      "too-many": "Too many workspaces were opened from this address within an hour. Try again a little later.",
    },
  },
} as const;
