import { format } from "node:util";
import { logEntry } from "../contract/log-entry.ts";

/** The methods of `console` that write to a log. */
export type Log = Pick<Console, "log" | "info" | "warn" | "error">;

/** Puts the time (UTC, ISO 8601) before all that is said through `log`, by Next.js too, as drydockd's own log has it. */
export function stampTimes(log: Log, now: () => Date = () => new Date()): void {
  for (const method of ["log", "info", "warn", "error"] as const) {
    const write = log[method].bind(log);
    log[method] = (...said: unknown[]) => write(`${now().toISOString()} ${logEntry(format(...said))}`);
  }
}
