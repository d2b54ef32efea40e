export const share = {
  title: "Share a snapshot",
  text: "Creates a link to your files as they are now, with the recorded build, the output of your containers and what the open terminals show. Anyone with the link can view and fork it; it never changes.",
  warning: "Anyone with the link can read the files, the output and the terminals' screens: leave secrets out.",
  build: {
    none: "No build goes with it: nothing has been built yet.",
    running: "With the build of {name} as far as it has come: it is still running.",
    over: "With the build of {name} that is shown ({how}, {when}).",
    earlier: "It is not the latest one.",
  },
  leftOut:
    "A link holds the output of at most {most} containers and terminals, with at most {terminals} terminals among them: {left} will be left out.",
  name: "Title",
  create: "Create link",
  creating: "Recording…",
  done: "Your link",
  copy: "Copy link",
  copied: "Copied",
  openLink: "Open",
} as const;

export const snippet = {
  pageTitle: "Snippet",
  loading: "Opening the snippet…",
  untitled: "Untitled snippet",
  fork: "Fork & run",
  forking: "Forking…",
  recorded: "Recorded {when}",
  notLive: "This is a recording, and nothing runs. Fork it to make it live.",
  files: "Files",
  build: "Build",
  noBuild: "Nothing had been built.",
  unfinished: "This build was still running when it was recorded.",
  noOutput: "Nothing was running.",
  omitted: "{count, plural, one {# large file was} other {# large files were}} left out.",
  omittedOutputs:
    "{count, plural, one {The output of # more container or terminal was} other {The output of # more containers and terminals was}} left out.",
  binary: "This file is not text.",
  missing: "This snippet cannot be shown",
  own: "Your workspace",
  earlier: "Earlier output was left out.",
} as const;
