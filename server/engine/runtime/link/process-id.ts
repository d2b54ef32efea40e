import { readFileSync } from "node:fs";

/** When a process was started, in clock ticks since boot (proc(5)): with the pid it names one process for ever. */
export function processStartTime(pid: number): string | undefined {
  return statField(pid, 22);
}

/** True for a process that exists and is no zombie. */
export function isRunning(pid: number): boolean {
  const state = statField(pid, 3);
  return state !== undefined && state !== "Z" && state !== "X";
}

function statField(pid: number, number: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets and may hold blanks and brackets itself.
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[number - 3];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}
