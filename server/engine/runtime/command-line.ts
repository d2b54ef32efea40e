import { closeSync, openSync, readSync } from "node:fs";
import { errnoCode } from "../mount/errno.ts";

/** Longer than what is looked for; a container's process may have megabytes. */
const longest = 64 * 1024;

/** The words with which a process was started (proc(5), `cmdline`), as far as 64 KiB go; none when it has ended. */
export function commandLineOf(pid: number): string[] {
  return wordsOf(`/proc/${pid}/cmdline`);
}

/** The variables that it was given (`environ`), `NAME=value` each; none also when it is not for us to look at. */
export function environmentOf(pid: number): string[] {
  return wordsOf(`/proc/${pid}/environ`);
}

function wordsOf(path: string): string[] {
  try {
    return beginningOf(path).split("\0");
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES"].includes(errnoCode(error) ?? "")) return [];
    throw error;
  }
}

function beginningOf(path: string): string {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(longest);
    let length = 0;
    for (let ended = false; !ended && length < longest;) {
      const count = readSync(file, bytes, length, longest - length, null);
      length += count;
      ended = count === 0;
    }
    return bytes.toString("utf8", 0, length);
  } finally {
    closeSync(file);
  }
}
