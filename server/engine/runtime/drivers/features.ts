import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * What an OCI runtime can do (runtime-spec features.md), as it tells itself.
 * @returns JSON in one line; undefined: it tells nothing, as older ones do
 */
export async function runtimeFeatures(program: string): Promise<string | undefined> {
  try {
    const told: unknown = JSON.parse((await run(program, ["features"], { timeout: 5_000 })).stdout);
    return typeof told === "object" && told !== null ? JSON.stringify(told) : undefined;
  } catch {
    return undefined;
  }
}
