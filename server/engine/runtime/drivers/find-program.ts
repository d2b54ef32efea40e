import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { FailedPrecondition } from "../../errdefs/errors.ts";
import { firstOnPath } from "../../on-path.ts";

const run = promisify(execFile);

/** The full path of an installed program. @throws FailedPrecondition naming the Debian package to install */
export async function findProgram(name: string, packageName: string): Promise<string> {
  const program = firstOnPath([name]);
  if (program !== undefined) return program;
  throw new FailedPrecondition(`the container runtime ${name} is not installed: install the package ${packageName}`);
}

/** The number in the first line of `program --version`: "crun version 1.8.1" → "1.8.1". */
export async function programVersion(program: string): Promise<string> {
  const { stdout } = await run(program, ["--version"]);
  return /version\s+(?:release-)?(\S+)/.exec(stdout)?.[1] ?? stdout.split("\n")[0] ?? "unknown";
}
