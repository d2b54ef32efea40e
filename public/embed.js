/* <script async src="https://PLAYGROUND/embed.js" data-snippet="ID" data-theme="dark" data-panes="files,build"></script>
   puts the snippet in its place: loaded when it comes into sight, as high as its content. */
(() => {
  const script = document.currentScript;
  if (!script?.dataset.snippet) return;
  const { snippet, theme, panes, height } = script.dataset;
  void import(new URL("/embed-api.js", script.src).href).then(({ embed }) => {
    embed(script, { snippet, theme, panes: panes?.split(","), height: height ? Number(height) : undefined });
  });
})();
