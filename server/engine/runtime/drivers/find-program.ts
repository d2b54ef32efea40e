import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { FailedPrecondition } from "../../errdefs/errors.ts";

const run = promisify(execFile);
const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The full path of an installed program. @throws FailedPrecondition naming the Debian package to install */
export async function findProgram(name: string, packageName: string): Promise<string> {
  for (const dir of (process.env["PATH"] ?? systemPath).split(":")) {
    const path = join(dir, name);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Not in this directory: the next one.
    }
  }
  throw new FailedPrecondition(`the container runtime ${name} is not installed: install the package ${packageName}`);
}

/** The number in the first line of `program --version`: "crun version 1.8.1" → "1.8.1". */
export async function programVersion(program: string): Promise<string> {
  const { stdout } = await run(program, ["--version"]);
  return /version\s+(?:release-)?(\S+)/.exec(stdout)?.[1] ?? stdout.split("\n")[0] ?? "unknown";
}
