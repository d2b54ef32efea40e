/** The first files of a workspace: they build in a second, without the network, and show one of everything. */
export const starterFiles: readonly { path: string; content: string }[] = [
  {
    path: "Dockerfile",
    content: `# Press Build (Ctrl+Enter), then Run. Change a line and build again:
# only what changed is made anew.

FROM busybox:1

# Files from the left go into the image.
WORKDIR /site
COPY index.html .

# A command that runs while the image is built.
RUN busybox | head -n 1 | tee built.txt

# What a container of this image does: serve the site, not as root.
# (As a first process httpd ignores SIGTERM; this stops it at once.)
EXPOSE 8080
STOPSIGNAL SIGKILL
USER nobody
CMD ["sh", "-c", "echo Serving /site on port 8080; exec busybox httpd -f -v -p 8080 -h /site"]
`,
  },
  {
    path: "index.html",
    content: `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>Afloat</title>
  <style>
    body { font: 1.1rem/1.6 system-ui; max-width: 34rem; margin: 18vh auto; padding: 0 1.5rem; color: #12303f; }
    h1 { font-size: 2.6rem; margin: 0 0 .5rem; }
  </style>
  <h1>Afloat.</h1>
  <p>This page comes out of a container that you built. Change <code>index.html</code>, build, run, and open it again.</p>
  <p><a href="built.txt">What the build wrote</a></p>
</html>
`,
  },
  {
    path: "README.md",
    content: `# Your workspace

- **Build** turns the Dockerfile into an image, step by step. Every step says how long it took and why it ran.
- **Run** starts a container. When it listens on a port, **Open** shows it in the browser.
- The **Terminal** below is a small machine of your own with the real \`docker\` command; its \`/workspace\` holds
  these very files. Try \`docker images\`, \`docker ps\`, \`docker run -it --rm busybox\`.
- **Share** makes a link that shows these files and what they did, to anyone.
`,
  },
];
