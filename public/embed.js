/* <script async src="https://PLAYGROUND/embed.js" data-snippet="ID" data-theme="dark" data-panes="files,build"></script>
   puts the snippet in its place: loaded when it comes into sight, as high as its content. */
(() => {
  const script = document.currentScript;
  if (!script?.dataset.snippet) return;
  const { snippet, theme, panes, height } = script.dataset;
  // Under another name each time: a browser keeps that a module did not come.
  const load = (again = 0) =>
    import(new URL(again === 0 ? "/embed-api.js" : `/embed-api.js?again=${again}`, script.src).href).catch((error) => {
      if (again === 3) throw error;
      return new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** again)).then(() => load(again + 1));
    });
  void load().then(({ embed }) => {
    embed(script, { snippet, theme, panes: panes?.split(","), height: height ? Number(height) : undefined });
  });
})();
