"use client";
import { useEffect } from "react";
import type { RefObject } from "react";
import { tellPage } from "./page-messages.ts";

/** Tells the page around the frame how high the content is, as soon as it is there and whenever that changes. */
export function useHeightTold(snippet: string, content: RefObject<HTMLElement | null>, isThere: boolean): void {
  useEffect(() => {
    const element = content.current;
    if (element === null || !isThere) return undefined;
    const observer = new ResizeObserver(() =>
      tellPage({ drydock: "height", snippet, height: Math.ceil(element.getBoundingClientRect().height) }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [snippet, content, isThere]);
}
