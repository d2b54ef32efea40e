/* <script async src="https://PLAYGROUND/embed.js" data-snippet="ID" data-theme="dark" data-panes="files,build"></script>
   puts the snippet in its place: loaded when it comes into sight, as high as its content. */
(() => {
  const script = document.currentScript;
  if (!script || !script.dataset.snippet) return;
  const origin = new URL(script.src).origin;
  const { snippet, theme, panes, height } = script.dataset;
  const frame = document.createElement("iframe");
  const address = new URL(`/embed/${encodeURIComponent(snippet)}`, origin);
  if (theme) address.searchParams.set("theme", theme);
  if (panes) address.searchParams.set("panes", panes);
  frame.src = address.href;
  frame.loading = "lazy";
  frame.title = "Drydock snippet";
  frame.style.cssText = "display:block;width:100%;border:0;border-radius:8px";
  frame.style.height = `${Number(height) || 420}px`;
  addEventListener("message", ({ source, origin: from, data }) => {
    if (source !== frame.contentWindow || from !== origin || typeof data !== "object" || data === null) return;
    if (data.drydock === "height" && !height) frame.style.height = `${Math.min(2000, Math.max(120, data.height))}px`;
    frame.dispatchEvent(new CustomEvent("drydock", { bubbles: true, detail: data }));
  });
  script.replaceWith(frame);
})();
