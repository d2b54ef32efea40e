"use client";
import { useEffect } from "react";
import { flushSync } from "react-dom";

/** What takes the focus in a pane, the best first. */
const targets = [
  "[role=textbox]",
  "[data-testid=terminal] textarea",
  "[role=treeitem][tabindex='0']",
  "button:not(:disabled), a[href], [tabindex='0']",
];

/**
 * F6 and Shift+F6 go from pane to pane (elements with `data-pane`), also out of the editor and the terminal, which take
 * every other key themselves (WCAG 2.1.2). From within those two Shift+F6 stops at their tabs first.
 * @param show makes a pane visible that is not
 */
export function usePaneKeys<Pane extends string>(panes: readonly Pane[], show: (pane: Pane) => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== "F6" || event.ctrlKey || event.altKey || event.metaKey) return;
      const from = event.target instanceof Element ? event.target : document.body;
      // A dialog or a menu keeps the focus until it is closed.
      if (from.closest("[role=dialog], [role=menu]") !== null) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.shiftKey && focusBar(from)) return;
      const here = panes.findIndex((pane) => pane === from.closest<HTMLElement>("[data-pane]")?.dataset["pane"]);
      const step = event.shiftKey ? -1 : 1;
      const next = here < 0 ? (event.shiftKey ? panes.length - 1 : 0) : (here + step + panes.length) % panes.length;
      const pane = panes[next];
      if (pane !== undefined) focusPane(pane, show);
    };
    // Before the terminal and the editor see it.
    addEventListener("keydown", onKeyDown, { capture: true });
    return () => removeEventListener("keydown", onKeyDown, { capture: true });
  }, [panes, show]);
}

/** Makes a pane visible, and puts the focus where one works in it. */
export function focusPane<Pane extends string>(pane: Pane, show: (pane: Pane) => void): void {
  flushSync(() => show(pane));
  focusWithin(document.querySelector(`[data-pane=${pane}]`));
}

/** From the editor or a terminal, which keep Tab for themselves, to the tabs above it. False elsewhere. */
function focusBar(from: Element): boolean {
  if (from.closest(".monaco-editor, .xterm") === null) return false;
  const bar = from.closest("[data-pane]")?.querySelector("[data-bar]");
  const tab = bar?.querySelector<HTMLElement>("[aria-current]") ?? bar?.querySelector<HTMLElement>("button");
  tab?.focus();
  return tab !== null && tab !== undefined;
}

function focusWithin(pane: Element | null): void {
  for (const target of targets) {
    const found = [...(pane?.querySelectorAll<HTMLElement>(target) ?? [])].find((element) =>
      element.checkVisibility({ visibilityProperty: true }),
    );
    if (found !== undefined) {
      found.focus();
      return;
    }
  }
}
