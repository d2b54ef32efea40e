import { logEntry } from "../contract/log-entry.ts";
import type { DaemonJson } from "./daemon-json/schema.ts";

const levels = ["trace", "debug", "info", "warn", "error", "fatal", "panic"] as const;
export type LogLevel = (typeof levels)[number];

/** One line for the operator; without a level it is `info`. */
export type Log = (line: string, level?: LogLevel) => void;

/**
 * dockerd's log, in the form and from the level on that the operator wants (dockerd(8): --log-level, --log-format,
 * --debug).
 * @param settings asked at each line
 */
export function openLog(write: (text: string) => void, settings: () => DaemonJson): Log {
  return (line, level = "info") => {
    const { debug = false, "log-level": lowest = "info", "log-format": format = "text" } = settings();
    const from = debug ? "debug" : lowest.toLowerCase();
    if (levels.indexOf(level) < levels.findIndex((name) => name === from)) return;
    const time = new Date().toISOString();
    write(format === "json" ? `${JSON.stringify({ level, msg: line, time })}\n` : `${time} ${logEntry(line)}\n`);
  };
}
