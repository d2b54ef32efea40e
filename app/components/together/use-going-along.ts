"use client";
import { useEffect } from "react";
import { workspacePanes } from "#contract/together-events.ts";
import type { WorkspacePane } from "#contract/together-events.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";

/** Not already by the pointer's going down: the note of whom one follows would go, and what is pressed move away under it. */
const signs = ["click", "keydown"] as const;

/**
 * Tells the others in which pane this learner is, and shows the one in which the followed person is. A hand on the keyboard
 * or on a pane goes its own way. @param pane the one that was shown last
 */
export function useGoingAlong(pane: WorkspacePane, show: (pane: WorkspacePane) => void): void {
  const { together } = useWorkspace();
  useEffect(() => together.move({ pane }), [together, pane]);
  useEffect(() => {
    let shown: WorkspacePane | undefined;
    // Not by a hook: steps of cursors would draw everything anew.
    const go = (): void => {
      const theirs = together.followedPlace?.pane;
      if (theirs !== undefined && theirs !== shown) show(theirs);
      shown = theirs;
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
    addEventListener("focusin", onFocus);
    for (const sign of signs) addEventListener(sign, onHand, { capture: true });
    return () => {
      removeEventListener("focusin", onFocus);
      for (const sign of signs) removeEventListener(sign, onHand, { capture: true });
    };
  }, [together]);
}

function paneOf(target: EventTarget | null): WorkspacePane | undefined {
  const name = target instanceof Element ? target.closest<HTMLElement>("[data-pane]")?.dataset["pane"] : undefined;
  return workspacePanes.find((each) => each === name);
}
