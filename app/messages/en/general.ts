export const general = {
  product: {
    name: "Drydock",
    description:
      "Write a Dockerfile, build it, run it, open a terminal in it: in the browser, on an engine of its own.",
  },
  preferences: {
    menu: "Appearance and language",
    theme: "Theme",
    themes: { system: "As the system", light: "Light", dark: "Dark" },
    language: "Language",
    browserLanguage: "As the browser",
  },
  examples: {
    menu: "New from example…",
    title: "New from example",
    text: "Opens a new workspace with the example's files. This one stays as it is.",
    list: "Examples",
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
    lives: "In this browser only. After {stop} without use its containers are stopped, after {end} it is deleted.",
    panes: { files: "Files", editor: "Editor", build: "Build", containers: "Run", terminal: "Terminal" },
    resize: { files: "Resize files", build: "Resize build", bottom: "Resize terminal" },
    leaveHint: "F6: next pane · Shift+F6: tabs",
    leaveDescription:
      "Press F6 to move to the next pane, or Shift+F6 to move to the tabs and then to the previous pane.",
  },
  loading: {
    title: "The page could not be loaded",
    text: "Part of it did not arrive, even after several attempts. Are you online?",
    part: "This part of the page could not be loaded. Everything that you have saved is safe.",
    reload: "Reload",
  },
  connection: {
    offline: "The connection is lost. Trying again…",
    engineDown:
      "The engine is restarting. Your containers keep running, and this page carries on as soon as it is back.",
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
  },
} as const;
