import { useEffect } from "react";

/** What the Tab key reaches: a row's own button is not pressed by the rest of a key that was meant for another. */
const controls = [
  "button:not(:disabled):not([aria-disabled='true'])",
  "a[href]",
  "input:not([hidden])",
  "textarea",
  "[tabindex='0']",
]
  .map((each) => `${each}:not([tabindex='-1'])`)
  .join();

/**
 * When the control that has the focus goes away (Cancel of a build that is over, the row of a container that was
 * removed), the browser lets the focus fall to the page's beginning: here it goes to the nearest control that is left.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let last: { element: Element; above: Element[] } | undefined;
    const onFocusIn = ({ target }: FocusEvent): void => {
      // Menus and dialogs have ways of their own.
      const free = target instanceof Element && target.closest("[role=menu], [role=dialog]") === null;
      last = free ? { element: target, above: ancestors(target) } : undefined;
    };
    const onFocusOut = ({ target, relatedTarget }: FocusEvent): void => {
      // Left for nothing by the learner: it is still there then.
      if (relatedTarget === null) setTimeout(() => last?.element === target && isThere(target) && (last = undefined));
    };
    const observer = new MutationObserver(() => {
      if (last === undefined || last.element.isConnected || document.activeElement !== document.body) return;
      const { above } = last;
      last = undefined;
      for (const place of above.filter((each) => each.isConnected)) {
        const next = [...place.querySelectorAll<HTMLElement>(controls)].find((each) => each.checkVisibility());
        if (next === undefined) continue;
        next.focus();
        return;
      }
    });
    addEventListener("focusin", onFocusIn);
    addEventListener("focusout", onFocusOut);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      removeEventListener("focusin", onFocusIn);
      removeEventListener("focusout", onFocusOut);
      observer.disconnect();
    };
  }, []);
}

const isThere = (target: EventTarget | null): boolean => target instanceof Element && target.isConnected;

/** Nearest first, the body left out. */
function ancestors(element: Element): Element[] {
  const found: Element[] = [];
  for (let above = element.parentElement; above !== null && above !== document.body; above = above.parentElement) {
    found.push(above);
  }
  return found;
}
