/** The guided first build: each step in a sentence or two. */
export const guide = {
  label: "First steps",
  progress: "Step {step} of {count}:",
  steps: {
    build:
      "A Dockerfile describes an image, line by line. Press Build (Ctrl+Enter): each instruction becomes a step, as you watch.",
    again:
      "Each step was kept. Change a word in the RUN line and build again: what is above it comes from the cache, what is below is made anew.",
    layers: "Each step that changed files made a layer. Open Layers in the build to see which files, and how large.",
    run: "Now press Run: a container is a process of its own, started from your image, kept apart from everything else.",
    open: "Its web server listens on port 8080. Press Open :8080 in the list of containers to see its page.",
  },
  end: "That is all of it: write, build, look inside, run. In the Terminal there is a machine of your own with the real docker command; Share makes a link of what you have.",
  show: "Show me where",
  next: "Skip this step",
  skip: "Skip the guide",
  finish: "Done",
} as const;
