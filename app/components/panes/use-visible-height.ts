"use client";
import { useEffect } from "react";

/**
 * Keeps `--visible-height` on the document: what a keyboard on the screen leaves of it, where that lies over the page
 * (Safari) instead of making it lower (`interactive-widget` in app/layout.tsx).
 */
export function useVisibleHeight(): void {
  useEffect(() => {
    const viewport = window.visualViewport;
    if (viewport === null) return undefined;
    const { style } = document.documentElement;
    const measure = (): void => {
      // As large as without a zoom.
      const height = Math.round(viewport.height * viewport.scale);
      const isCovered = height < innerHeight - 1;
      if (!isCovered) return void style.removeProperty("--visible-height");
      style.setProperty("--visible-height", `${height}px`);
      scrollTo(0, 0);
    };
    viewport.addEventListener("resize", measure);
    return () => {
      viewport.removeEventListener("resize", measure);
      style.removeProperty("--visible-height");
    };
  }, []);
}
