// Types and explanations: embed-api.d.ts beside this file.
const origin = new URL(import.meta.url).origin;

/** @type {typeof import("./embed-api.d.ts").embed} */
export function embed(place, { snippet, theme, panes, height }) {
  const frame = document.createElement("iframe");
  const address = new URL(`/embed/${encodeURIComponent(snippet)}`, origin);
  if (theme) address.searchParams.set("theme", theme);
  if (panes) address.searchParams.set("panes", panes.join(","));
  frame.src = address.href;
  frame.loading = "lazy";
  frame.title = "Drydock snippet";
  frame.allow = "clipboard-read; clipboard-write";
  frame.style.cssText = "display:block;width:100%;border:0;border-radius:8px";
  frame.style.height = `${height ?? 420}px`;

  const listeners = new Set();
  const kept = [];
  let isReady = false;
  const post = (command) => frame.contentWindow?.postMessage(command, origin);
  const hear = ({ source, origin: from, data }) => {
    if (source !== frame.contentWindow || from !== origin || typeof data?.drydock !== "string") return;
    if (data.drydock === "height" && height === undefined) {
      frame.style.height = `${Math.min(4000, Math.max(40, data.height))}px`;
    }
    if (data.drydock === "ready") {
      isReady = true;
      kept.splice(0).forEach(post);
    }
    for (const { kind, listener } of listeners) if (kind === data.drydock) listener(data);
    frame.dispatchEvent(new CustomEvent("drydock", { bubbles: true, detail: data }));
  };
  addEventListener("message", hear);
  // What came says nothing of itself: the network went while it was fetched, or the playground is being started again.
  let tries = 0;
  frame.addEventListener("load", () => {
    if (isReady || tries === 3) return;
    setTimeout(
      () => {
        if (!isReady) frame.src = address.href;
      },
      5000 * 2 ** tries++,
    );
  });
  if (place.localName === "script") place.replaceWith(frame);
  else place.append(frame);

  return {
    frame,
    send: (command) => void (isReady ? post(command) : kept.push(command)),
    on: (kind, listener) => {
      const entry = { kind, listener };
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    remove: () => {
      removeEventListener("message", hear);
      frame.remove();
    },
  };
}
