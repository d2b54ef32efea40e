"use client";
import { useEffect } from "react";
import { workspacePanes } from "#contract/together-events.ts";
import type { Place, WorkspacePane } from "#contract/together-events.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";

/** Not already by the pointer's going down: the note of whom one follows would go, and what is pressed move away under it. */
const signs = ["click", "keydown", "wheel", "touchmove"] as const;

/** Rounded to what can be seen. */
const steps = 10_000;

/**
 * Tells the others in which pane this learner is and how far it was scrolled, and goes where the followed person is. A hand
 * on the keyboard or on a pane goes its own way. @param pane the one that was shown last
 */
export function useGoingAlong(pane: WorkspacePane, show: (pane: WorkspacePane) => void): void {
  const { together } = useWorkspace();
  useEffect(() => together.move({ pane }), [together, pane]);
  useEffect(() => {
    let shown: WorkspacePane | undefined;
    let seen: Place["scrolled"];
    // Not by a hook: steps of cursors would draw everything anew.
    const go = (): void => {
      const { pane: theirs, scrolled } = together.followedPlace ?? {};
      if (theirs !== undefined && theirs !== shown) show(theirs);
      shown = theirs;
      if (scrolled !== undefined && (scrolled.what !== seen?.what || scrolled.part !== seen.part)) scroll(scrolled);
      seen = scrolled;
    };
    const stops = [together.people.subscribe(go), together.following.subscribe(go)];
    return () => {
      for (const stop of stops) stop();
    };
  }, [together, show]);
  useEffect(() => {
    const onFocus = ({ target }: FocusEvent): void => {
      const entered = paneOf(target);
      if (entered !== undefined) together.move({ pane: entered });
    };
    const onHand = ({ target }: Event): void => {
      if (paneOf(target) !== undefined) together.follow(undefined);
    };
    const onScroll = ({ target }: Event): void => {
      const what = target instanceof HTMLElement ? target.dataset["scrolls"] : undefined;
      if (what !== undefined) together.move({ scrolled: { what, part: partOf(target as HTMLElement) } });
    };
    addEventListener("focusin", onFocus);
    addEventListener("scroll", onScroll, { capture: true, passive: true });
    for (const sign of signs) addEventListener(sign, onHand, { capture: true, passive: true });
    return () => {
      removeEventListener("focusin", onFocus);
      removeEventListener("scroll", onScroll, { capture: true });
      for (const sign of signs) removeEventListener(sign, onHand, { capture: true });
    };
  }, [together]);
}

function paneOf(target: EventTarget | null): WorkspacePane | undefined {
  const name = target instanceof Element ? target.closest<HTMLElement>("[data-pane]")?.dataset["pane"] : undefined;
  return workspacePanes.find((each) => each === name);
}

/** How far it is scrolled, from 0 to 1: the same thing is as long as the window of whoever looks at it lets it be. */
function partOf({ scrollTop, scrollHeight, clientHeight }: HTMLElement): number {
  const most = scrollHeight - clientHeight;
  return most <= 0 ? 0 : Math.min(1, Math.max(0, Math.round((scrollTop / most) * steps) / steps));
}

/** What can be scrolled is marked with `data-scrolls`, and its name. */
function scroll({ what, part }: NonNullable<Place["scrolled"]>): void {
  const all = [...document.querySelectorAll<HTMLElement>("[data-scrolls]")];
  const found = all.find((each) => each.dataset["scrolls"] === what && each.clientHeight > 0);
  if (found !== undefined) found.scrollTop = part * (found.scrollHeight - found.clientHeight);
}
