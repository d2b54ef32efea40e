import { useEffect, useState } from "react";
import type { ContainerStats } from "#contract/container-views.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";

/** Samples that are kept: about two minutes. */
export const historyLength = 120;

/** What was measured of a container while this is shown, oldest first; nothing is asked for while it does not run. */
export function useStats(id: string, isRunning: boolean): readonly ContainerStats[] {
  const { connection } = useWorkspace();
  const [history, setHistory] = useState<readonly ContainerStats[]>([]);
  useEffect(() => {
    if (!isRunning) return undefined;
    return connection.follow(
      { kind: "stats", container: id, position: 0 },
      { onData: (samples) => setHistory((before) => [...before, ...samples].slice(-historyLength)) },
    );
  }, [connection, id, isRunning]);
  return history;
}
