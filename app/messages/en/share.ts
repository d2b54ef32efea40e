export const share = {
  title: "Share a snippet",
  text: "A snippet is your files as they are now, with the recorded build, the output of your containers and what the open terminals show. Anyone with its link can view and fork it; it never changes, and you can take it back.",
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
  ownMachine:
    "Nobody on another machine can open it: there, {host} is that machine itself. Whoever runs the playground gives it an address with ./drydock up --host 0.0.0.0 (README, “Reached from other machines”). Opened by that, this page makes links with it.",
  embed: "It can be shown in a page of yours, too, and run there.",
  embedHow: "How?",
  openLink: "Open",
  links: {
    title: "{count, plural, one {You have shared # snippet} other {You have shared # snippets}}",
    takeBack: "Take back",
    takeBackOf: "Take back {title}",
    takeBackNow: "Really take back {title}",
    text: "What is taken back is deleted, and its link shows nothing any more. Forks of it stay.",
  },
} as const;

export const snippet = {
  pageTitle: "Snippet",
  loading: "Opening the snippet…",
  untitled: "Untitled snippet",
  fork: "Fork & run",
  forking: "Forking…",
  recorded: "Recorded {when}",
  recording: "This is a recording, and nothing of it runs yet.",
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
  absences: {
    unknown: "There is no snippet under this link. Is it complete?",
    revoked: "What was shared here has been taken back, by whoever shared it or runs this server, and is not kept.",
  },
  own: "Your workspace",
  earlier: "Earlier output was left out.",
} as const;
