import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Where programs are when the environment has no PATH. */
const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Of the programs, the first that is on PATH, in full. */
export function firstOnPath(names: readonly string[]): string | undefined {
  const directories = (process.env["PATH"] ?? systemPath).split(delimiter);
  return names.flatMap((name) => directories.map((directory) => join(directory, name))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // not here: the next one
    return false;
  }
}
