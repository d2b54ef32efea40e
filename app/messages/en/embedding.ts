/** For authors of tutorials (/embedding). */
export const embedding = {
  title: "Show a snippet in your page",
  text: "Any snippet can be shown in a page of yours: first as it was recorded, with nothing running; and live, in a workspace of its own, when a reader presses Run. It needs no account and no cookie.",
  link: "Link to a snippet",
  tryIt: "Try it",
  oneLine: "In one line",
  oneLineText:
    "The frame takes the place of the script, is loaded when it comes into sight, and is as high as its content. data-theme is light or dark; data-panes any of files, build, output, terminal; data-height fixes the height in pixels.",
  page: "In a tutorial",
  pageText:
    "As a module, your page and the snippet speak with each other: it tells what happens, you change files, build, and type into its terminal. This is a whole page, to begin with.",
  api: "What it tells, and what you can ask of it",
  apiText:
    "Every message and command, with TypeScript types. What would change something is refused until the reader has pressed Run.",
  told: "What it told this page",
  dark: "Dark",
  light: "Light",
  noSite:
    "So far no other site may show snippets of this playground: its readers would see “refused to connect” in their place. Whoever runs the playground allows a site with DRYDOCK_EMBED_SITES.",
  anySite: "Any site may show snippets of this playground.",
  someSites: "These sites may show snippets of this playground: {sites}",
  safety: "Which pages may",
  safetyText:
    "Whoever runs this playground names the sites that may show its snippets (DRYDOCK_EMBED_SITES). What a reader runs in your page belongs to the frame alone: your page cannot read it, and the workspaces that the reader has here are not in it.",
} as const;
