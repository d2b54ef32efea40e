"use client";
import { useCallback, useState } from "react";

/** px; `bottom` is the height of the lower row */
export interface PaneSizes {
  files: number;
  right: number;
  bottom: number;
}

/**
 * The lower row has containers with everything about them: nearly half of a usual window. Above it a first Dockerfile is
 * seen whole in a window of 800 px.
 */
function initialSizes(): PaneSizes {
  const height = typeof window === "undefined" ? 0 : window.innerHeight;
  return { files: 204, right: 452, bottom: Math.round(Math.min(520, Math.max(300, height * 0.42))) };
}

const key = "drydock.panes";

/** The panes' sizes, remembered in this browser. */
export function usePaneSizes(): {
  sizes: PaneSizes;
  resize: (pane: keyof PaneSizes, size: number) => void;
  reset: (pane: keyof PaneSizes) => void;
} {
  // Read at once: panes that take their places afterwards would move what is in them.
  const [sizes, setSizes] = useState(stored);
  const resize = useCallback((pane: keyof PaneSizes, size: number) => {
    setSizes((before) => {
      const next = { ...before, [pane]: size };
      store(next);
      return next;
    });
  }, []);
  const reset = useCallback((pane: keyof PaneSizes) => resize(pane, initialSizes()[pane]), [resize]);
  return { sizes, resize, reset };
}

function stored(): PaneSizes {
  const initial = initialSizes();
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    const sizes = { ...initial };
    for (const pane of ["files", "right", "bottom"] as const) {
      const size: unknown = (value as Partial<Record<string, unknown>>)[pane];
      if (typeof size === "number" && size > 80 && size < 4000) sizes[pane] = size;
    }
    return sizes;
  } catch {
    return initial;
  }
}

function store(sizes: PaneSizes): void {
  try {
    localStorage.setItem(key, JSON.stringify(sizes));
  } catch {
    // Storage may be full or forbidden: the sizes then last as long as the page.
  }
}
