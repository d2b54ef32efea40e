import { useEffect } from "react";
import type { ContainerStats } from "#contract/container-views.ts";
import { useStore } from "../../lib/store.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";

/** What was measured of a container while this or another tab was shown; nothing is asked for while it does not run. */
export function useStats(id: string, isRunning: boolean): readonly ContainerStats[] {
  const { usage } = useWorkspace();
  useEffect(() => (isRunning ? usage.watch(id) : usage.end(id)), [usage, id, isRunning]);
  return useStore(usage.history(id));
}
