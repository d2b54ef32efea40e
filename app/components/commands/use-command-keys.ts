"use client";
import { useEffect, useRef } from "react";
import { commandOf } from "./command-table.ts";
import type { CommandRunners, KeyPlace } from "./command-table.ts";

/** Listens to the keys of the commands that can be run now, before the editor does. */
export function useCommandKeys(runners: CommandRunners): void {
  const current = useRef(runners);
  useEffect(() => {
    current.current = runners;
  }, [runners]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const target = event.target instanceof Element ? event.target : document.body;
      // A dialog or a menu keeps the focus until it is closed.
      if (event.defaultPrevented || target.closest("[role=dialog], [role=menu]") !== null) return;
      const id = commandOf(event, placeOf(target));
      const run = id === undefined ? undefined : current.current[id];
      if (run === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      run();
    };
    addEventListener("keydown", onKeyDown, { capture: true });
    return () => removeEventListener("keydown", onKeyDown, { capture: true });
  }, []);
}

function placeOf(target: Element): KeyPlace | undefined {
  if (target.closest(".xterm") !== null) return "terminal";
  if (target.closest(".monaco-editor") !== null) return "editor";
  return target.closest("input, textarea, select, [contenteditable=true]") === null ? undefined : "typing";
}
