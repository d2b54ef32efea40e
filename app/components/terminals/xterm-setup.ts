import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { WebglAddon } from "@xterm/addon-webgl";
import { Terminal } from "@xterm/xterm";
import type { ITheme } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { moreContrast } from "../../lib/theme.ts";

// Dark in both schemes: programs in terminals choose their colours for it.
const theme: ITheme = {
  background: "#0d1419",
  foreground: "#dfe5e9",
  cursor: "#6fbdf0",
  cursorAccent: "#0d1419",
  selectionBackground: "#2c5069",
  black: "#1d2830",
  red: "#f28b86",
  green: "#86d6a0",
  yellow: "#e6c878",
  blue: "#6fbdf0",
  magenta: "#c3aef5",
  cyan: "#74d3d6",
  white: "#c4ced5",
  brightBlack: "#71808b",
  brightRed: "#ffaaa5",
  brightGreen: "#a9ebbd",
  brightYellow: "#f8dd97",
  brightBlue: "#9bd3f8",
  brightMagenta: "#d9caff",
  brightCyan: "#9be7e9",
  brightWhite: "#f6f8f9",
};

export interface XtermParts {
  terminal: Terminal;
  fit: FitAddon;
  search: SearchAddon;
}

/** A terminal in an element, drawn by WebGL where there is one. */
export function createXterm(
  host: HTMLElement,
  options: { label?: string; readOnly?: boolean; mayType?: () => boolean } = {},
): XtermParts {
  const terminal = new Terminal({
    allowProposedApi: true,
    convertEol: false,
    cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    disableStdin: options.readOnly === true,
    fontFamily: '"JetBrains Mono Variable", ui-monospace, Menlo, Consolas, monospace',
    fontSize: 13,
    lineHeight: 1.2,
    // Binary output is no error of ours, and would be reported byte by byte.
    logLevel: "off",
    scrollback: 5000,
    // `ToldOutput` tells screen readers what is printed, and says why.
    screenReaderMode: false,
    minimumContrastRatio: moreContrast.value ? 7 : 1,
    theme,
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  // Nothing of this page is handed to where a link leads.
  terminal.loadAddon(new WebLinksAddon((_event, uri) => window.open(uri, "_blank", "noopener,noreferrer")));
  terminal.open(host);
  // A key that takes the focus away is let go elsewhere: xterm would wait for that, and take no text that comes whole.
  terminal.textarea?.addEventListener("blur", ({ target }) => target?.dispatchEvent(new KeyboardEvent("keyup")));
  if (options.label !== undefined) terminal.textarea?.setAttribute("aria-label", options.label);
  try {
    drawByWebgl(host, terminal);
  } catch {
    // No WebGL: the terminal draws into the document.
  }
  const mayType = options.mayType ?? (() => options.readOnly !== true);
  terminal.attachCustomKeyEventHandler((event) => handleKey(terminal, event, mayType));
  return { terminal, fit, search };
}

function drawByWebgl(host: HTMLElement, terminal: Terminal): void {
  const webgl = new WebglAddon();
  webgl.onContextLoss(() => webgl.dispose());
  terminal.loadAddon(webgl);
  // A phone that a browser's tools play tells the page its density, and WebGL's canvas that of the real screen: all
  // would be drawn too large, and cut off.
  const observer = new ResizeObserver(([entry]) => {
    const pixels = entry?.devicePixelContentBoxSize[0]?.inlineSize ?? 0;
    if (entry === undefined || pixels === 0) return;
    observer.disconnect();
    const isPlayed = Math.abs(pixels - entry.contentRect.width * devicePixelRatio) > 2;
    if (isPlayed) webgl.dispose();
  });
  observer.observe(host, { box: "device-pixel-content-box" });
}

/**
 * Ctrl+Shift+C copies, Ctrl+Shift+V pastes (by the browser); Ctrl+C copies only what is selected. Tab goes on in the page
 * where it goes to no program.
 */
function handleKey(terminal: Terminal, event: KeyboardEvent, mayType: () => boolean): boolean {
  if (event.key === "Tab" && !mayType()) return false;
  // Our own: nobody has let a key go here.
  if (event.type === "keyup" && !event.isTrusted) return false;
  if (event.type !== "keydown" || !event.ctrlKey || event.altKey || event.metaKey) return true;
  const key = event.key.toLowerCase();
  if (key === "c" && terminal.hasSelection()) {
    void navigator.clipboard?.writeText(terminal.getSelection());
    terminal.clearSelection();
    event.preventDefault();
    return false;
  }
  // Left to the browser, whose paste event xterm handles.
  if (key === "v") return false;
  return !(key === "c" && event.shiftKey);
}

/** Everything that the terminal holds, scrollback too. */
export function screenText(terminal: Terminal): string {
  const { active } = terminal.buffer;
  return Array.from({ length: active.length }, (_, line) => active.getLine(line)?.translateToString(true)).join("\n");
}

/** Lets tests read what is on the screen, which is drawn by WebGL. */
export function exposeScreen(host: HTMLElement, terminal: Terminal): void {
  Object.assign(host, { screenText: () => screenText(terminal), terminal });
}
