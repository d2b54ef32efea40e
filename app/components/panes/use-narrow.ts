"use client";
import { useCallback, useSyncExternalStore } from "react";

function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void): (() => void) => {
      const media = matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(
    subscribe,
    () => matchMedia(query).matches,
    () => false,
  );
}

/** Whether there is room for one pane at a time only. */
export function useNarrow(): boolean {
  return useMedia("(max-width: 900px)");
}

/** Whether there may well be no keyboard: a finger points, or there is a phone's room. */
export function useTouch(): boolean {
  return useMedia("(pointer: coarse), (max-width: 600px)");
}
