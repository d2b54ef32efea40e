"use client";
import { useEffect, useState } from "react";
import { useStore } from "../../lib/store.ts";
import { useWorkspace } from "./workspace-context.tsx";

/** Not for the blink of a reconnection, ms. */
const blink = 700;

/** What was wanted, once it has lasted; nothing, at once. */
export function useLasting<Value>(value: Value | undefined): Value | undefined {
  const [shown, setShown] = useState<Value>();
  useEffect(() => {
    const timer = setTimeout(() => setShown(value), value === undefined ? 0 : blink);
    return () => clearTimeout(timer);
  }, [value]);
  return shown;
}

/** Whether the server or the engine is away: nobody knows how things are that go on there. */
export function useAway(): boolean {
  const { connected, engineUp } = useStore(useWorkspace().connection.state);
  return useLasting(connected && engineUp ? undefined : true) ?? false;
}
