import { setTimeout as sleep } from "node:timers/promises";
import { serverProcesses } from "./leftovers.ts";
import type { Settings } from "./settings.ts";

const patienceMs = 20_000;

/** Ends a `drydockd` or `web` that goes on without the supervisor that started it, which was killed. */
export async function endStrays(settings: Settings): Promise<void> {
  const strays = () => serverProcesses(settings, "(main|web)");
  const end = Date.now() + patienceMs;
  for (const { pid } of strays()) signal(pid, "SIGTERM");
  while (strays().length > 0) {
    if (Date.now() > end) for (const { pid } of strays()) signal(pid, "SIGKILL");
    await sleep(100);
  }
}

/** It may have ended meanwhile. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
