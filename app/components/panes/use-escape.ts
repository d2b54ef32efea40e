"use client";
import { useEffect } from "react";

/** What has a use of its own for Escape while the focus is in it. */
const takers = "[role=dialog], [role=alertdialog], [role=menu], .xterm, .monaco-editor, input, textarea, select";

/** Escape leaves the state that this is for, unless what has the focus takes the key. */
export function useEscape(active: boolean, leave: () => void): void {
  useEffect(() => {
    if (!active) return undefined;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.isComposing) return;
      if (event.target instanceof Element && event.target.closest(takers) !== null) return;
      leave();
    };
    // Before a dialog or menu sees it, and is gone.
    addEventListener("keydown", onKeyDown, { capture: true });
    return () => removeEventListener("keydown", onKeyDown, { capture: true });
  }, [active, leave]);
}
