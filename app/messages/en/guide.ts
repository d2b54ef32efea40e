/** The guided first build: each step in a sentence or two. */
export const guide = {
  label: "First steps",
  progress: "Step {step} of {count}:",
  steps: {
    build:
      "A Dockerfile describes an image, line by line. Press Build{keys}: each instruction becomes a step, as you watch.",
    again:
      "Each step was kept. Change a word in the RUN line and build again: what is above it comes from the cache, what is below is made anew.",
    layers: "Each step that changed files made a layer. Open Layers in the build to see which files, and how large.",
    run: "Now press Run: a container is a process of its own, started from your image, kept apart from everything else.",
  },
  /** `keys` of the first step, where there is a keyboard */
  keys: " (Ctrl+Enter)",
  againAnyhow:
    "Each step was kept. Change a line and build again: what is above it comes from the cache, what is below is made anew.",
  open: "Its web server listens on port {port}. Press Open :{port} in the list of containers to see its page.",
  openWhen:
    "When something in a container listens on a port, there is Open beside it in the list of containers. If yours has no such thing, skip this step.",
  end: "That is all of it: write, build, look inside, run. In the Terminal there is a machine of your own with the real docker command; Share makes a link of what you have.",
  show: "Show me where",
  next: "Skip this step",
  skip: "Skip the guide",
  finish: "Done",
} as const;
